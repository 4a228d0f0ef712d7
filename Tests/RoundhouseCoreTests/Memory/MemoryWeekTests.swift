import RoundhouseCore
import Testing

private let origin = ContinuousClock.now

/// A week of requests for models that do not all fit, served one after another: by the planner, and by throwing out whoever was used
/// longest ago. Time passes as the requests say; a load takes a second for each GiB, and three for a model on a slow disk.
private struct Week {
    struct Model {
        var name: String
        var gibibytes: Int
        var loadTime: Duration
        /// Of all requests, relative to the others.
        var share: Int
        /// Whether it is used at night only, in one run over everything.
        var isNightly = false
    }

    static let models = [
        Model(name: "chat", gibibytes: 12, loadTime: .seconds(12), share: 50),
        Model(name: "code", gibibytes: 20, loadTime: .seconds(20), share: 25),
        Model(name: "embed", gibibytes: 1, loadTime: .seconds(3), share: 40),
        Model(name: "vision", gibibytes: 8, loadTime: .seconds(8), share: 6),
        Model(name: "speech", gibibytes: 2, loadTime: .seconds(6), share: 6),
        Model(name: "image", gibibytes: 14, loadTime: .seconds(42), share: 3),
        Model(name: "large", gibibytes: 28, loadTime: .seconds(84), share: 2),
        Model(name: "batch-a", gibibytes: 6, loadTime: .seconds(6), share: 1, isNightly: true),
        Model(name: "batch-b", gibibytes: 6, loadTime: .seconds(6), share: 1, isNightly: true),
        Model(name: "batch-c", gibibytes: 6, loadTime: .seconds(6), share: 1, isNightly: true),
    ]

    /// Seconds of the week and the model that is asked for: people at daytime, in bursts, and a nightly run.
    let requests: [(second: Int, model: Int)]

    init(seed: UInt64) {
        var random = SeededRandom(seed)
        let daily = Self.models.indices.filter { !Self.models[$0].isNightly }
        let weighted = daily.flatMap { Array(repeating: $0, count: Self.models[$0].share) }
        var requests: [(Int, Int)] = []
        for day in 0..<7 {
            var second = day * 86_400 + 8 * 3600
            while second < day * 86_400 + 20 * 3600 {
                let model = random.pick(weighted)
                // Whoever asks asks some more.
                for _ in 0...random.below(8) {
                    requests.append((second, model))
                    second += 20 + random.below(60)
                }
                second += random.below(400)
            }
            second = day * 86_400 + 22 * 3600
            for _ in 0..<20 {
                for model in Self.models.indices where Self.models[model].isNightly {
                    requests.append((second, model))
                    second += 45
                }
            }
        }
        self.requests = requests
    }

    /// Loads, and seconds spent in them.
    struct Cost: Equatable {
        var loads = 0
        var seconds = 0
    }

    func planned(_ gibibytes: Int) -> Cost {
        let planner = MemoryPlanner(budget: MemoryBudget(host: gibibytes << 30))
        var loaded: [Int: LoadedModel] = [:]
        var meters = Self.models.map { _ in UseMeter() }
        var cost = Cost()
        for (second, index) in requests {
            let model = Self.models[index]
            var now = origin + .seconds(second)
            meters[index].note(now: now)
            decisions: while loaded[index] == nil {
                for (other, _) in loaded { loaded[other]?.use = meters[other].value(now: now) }
                let ask = MemoryAsk(name: model.name, size: Footprint(host: model.gibibytes << 30))
                switch planner.verdict(on: ask, loaded: Array(loaded.values), now: now).decision {
                case .load:
                    var entry = LoadedModel(name: model.name, size: ask.size, state: .idle, readySince: now)
                    entry.loadTime = model.loadTime
                    loaded[index] = entry
                    cost.loads += 1
                    cost.seconds += Int(model.loadTime.components.seconds)
                case .evict(let names): loaded = loaded.filter { !names.contains($0.value.name) }
                case .wait(_, let until):
                    guard let until else { break decisions }
                    now = until
                case .refuse: break decisions
                }
            }
        }
        return cost
    }

    func leastRecentlyUsed(_ gibibytes: Int) -> Cost {
        var order: [Int] = []
        var cost = Cost()
        for (_, index) in requests {
            if let place = order.firstIndex(of: index) {
                order.append(order.remove(at: place))
                continue
            }
            while order.map({ Self.models[$0].gibibytes }).reduce(Self.models[index].gibibytes, +) > gibibytes {
                order.removeFirst()
            }
            order.append(index)
            cost.loads += 1
            cost.seconds += Int(Self.models[index].loadTime.components.seconds)
        }
        return cost
    }
}

@Suite struct MemoryWeekTests {
    /// The table in docs/memory.md.
    @Test(arguments: [32, 40, 48, 64]) func fewerLoadsThanByLastUse(_ gibibytes: Int) {
        var (planned, plain) = (Week.Cost(), Week.Cost())
        for seed in 0..<10 as Range<UInt64> {
            let week = Week(seed: seed)
            let (mine, others) = (week.planned(gibibytes), week.leastRecentlyUsed(gibibytes))
            planned = Week.Cost(loads: planned.loads + mine.loads, seconds: planned.seconds + mine.seconds)
            plain = Week.Cost(loads: plain.loads + others.loads, seconds: plain.seconds + others.seconds)
        }
        print(
            "| \(gibibytes) GiB | \(plain.loads / 10) | \(planned.loads / 10) | \(plain.seconds / 10) | \(planned.seconds / 10) |"
        )
        #expect(planned.loads < plain.loads)
    }
}
