import RoundhouseCore
import Testing

private let origin = ContinuousClock.now

/// A question with everything that can be in it, made from a seed.
private struct Question {
    var planner: MemoryPlanner
    var ask: MemoryAsk
    var loaded: [LoadedModel] = []
    var now = origin + .seconds(1000)

    init(seed: UInt64) {
        var random = SeededRandom(seed)
        let units = 1 << 28
        var budget = MemoryBudget(host: Int.random(in: 4...64, using: &random) * units)
        if Bool.random(using: &random) { budget.devices = ["0": 24 * units, "1": 24 * units] }
        if Int.random(in: 0..<4, using: &random) == 0 { budget.maxLoaded = Int.random(in: 1...4, using: &random) }
        planner = MemoryPlanner(budget: budget)
        func size(_ random: inout SeededRandom) -> Footprint {
            var size = Footprint(host: Int.random(in: 1...20, using: &random) * units)
            for device in budget.devices.keys.sorted() where Bool.random(using: &random) {
                size.devices[device] = Int.random(in: 1...12, using: &random) * units
            }
            return size
        }
        func groups(_ random: inout SeededRandom) -> Set<String> {
            Set(["x", "y"].filter { _ in Int.random(in: 0..<5, using: &random) == 0 })
        }
        ask = MemoryAsk(name: "new", size: size(&random), groups: groups(&random))
        for number in 0..<Int.random(in: 0...8, using: &random) {
            var model = LoadedModel(
                name: "m\(number)", size: size(&random),
                state: [.idle, .idle, .idle, .busy, .loading, .stopping].randomElement(using: &random)!,
                readySince: now - .seconds(Double.random(in: 0...60, using: &random)))
            model.isPinned = Int.random(in: 0..<8, using: &random) == 0
            model.priority = Priority.allCases.randomElement(using: &random)!
            model.groups = groups(&random)
            model.loadTime = .milliseconds(Int.random(in: 0...60_000, using: &random))
            model.use = Double.random(in: 0...10, using: &random)
            loaded.append(model)
        }
    }

    /// What is there after some have gone and the asked one has come.
    func holds(without gone: Set<String>) -> Bool {
        let left = loaded.filter { !gone.contains($0.name) }
        let sum = left.reduce(ask.size) { $0 + $1.size }
        return left.allSatisfy { $0.groups.isDisjoint(with: ask.groups) }
            && left.count + 1 <= planner.budget.maxLoaded ?? .max && sum.host <= planner.budget.host ?? .max
            && sum.devices.allSatisfy { $0.value <= planner.budget.devices[$0.key] ?? .max }
    }

    var stopping: Set<String> { Set(loaded.filter { $0.state == .stopping }.map(\.name)) }
}

@Suite struct MemoryPlannerPropertyTests {
    @Test(arguments: 0..<8) func decisionsKeepTheirPromises(_ block: UInt64) {
        var kinds: Set<String> = []
        for seed in block * 500..<(block + 1) * 500 {
            let question = Question(seed: seed)
            let (planner, now) = (question.planner, question.now)
            let verdict = planner.verdict(on: question.ask, loaded: question.loaded, now: now)
            #expect(!verdict.reason.isEmpty)
            let byName = Dictionary(uniqueKeysWithValues: question.loaded.map { ($0.name, $0) })
            switch verdict.decision {
            case .load:
                kinds.insert("load")
                #expect(question.holds(without: []), "over budget, seed \(seed)")
            case .evict(let names):
                kinds.insert("evict")
                for name in names {
                    let model = byName[name]!
                    #expect(model.state == .idle && !model.isPinned && now >= model.staysUntil, "\(name), seed \(seed)")
                }
                let gone = Set(names).union(question.stopping)
                #expect(question.holds(without: gone), "over budget, seed \(seed)")
                for name in names {
                    #expect(!question.holds(without: gone.subtracting([name])), "\(name) needlessly, seed \(seed)")
                }
            case .wait(let names, let until):
                kinds.insert("wait")
                #expect(!names.isEmpty && !question.holds(without: []), "nothing to wait for, seed \(seed)")
                for name in names {
                    let model = byName[name]!
                    let isIdle = model.state == .idle
                    #expect(
                        model.state == .stopping || !model.isPinned && (!isIdle || now < model.staysUntil),
                        "\(name), seed \(seed)")
                }
                if let until { #expect(until > now) }
            case .refuse:
                kinds.insert("refuse")
                let removable = Set(question.loaded.filter { !$0.isPinned || $0.state == .stopping }.map(\.name))
                #expect(!question.holds(without: removable), "refused what fits, seed \(seed)")
            }
        }
        #expect(kinds == ["load", "evict", "wait", "refuse"])
    }

    /// Whoever waits gets in: what it waits for ends, what may go goes, and in at most so many steps as there are models it is loaded.
    @Test(arguments: 0..<4) func everyWaitComesToAnEnd(_ block: UInt64) {
        for seed in block * 500..<(block + 1) * 500 {
            var question = Question(seed: seed)
            var steps = 0
            let most = question.loaded.count * 2 + 2
            loop: while steps <= most {
                steps += 1
                let verdict = question.planner.verdict(on: question.ask, loaded: question.loaded, now: question.now)
                switch verdict.decision {
                case .load, .refuse: break loop
                case .evict(let names): question.loaded.removeAll { names.contains($0.name) || $0.state == .stopping }
                case .wait(let names, let until):
                    if let until { question.now = until }
                    question.loaded.removeAll { names.contains($0.name) && $0.state == .stopping }
                    for index in question.loaded.indices where names.contains(question.loaded[index].name) {
                        // A load ends after its time, a request at some time.
                        if question.loaded[index].state != .idle { question.now += .seconds(30) }
                        question.loaded[index].state = .idle
                    }
                }
            }
            #expect(steps <= most, "no progress, seed \(seed)")
        }
    }
}
