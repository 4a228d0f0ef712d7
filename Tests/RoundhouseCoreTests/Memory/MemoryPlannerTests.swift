import RoundhouseCore
import Testing

let gibibyte = 1 << 30
private let origin = ContinuousClock.now

private func at(_ seconds: Double) -> ContinuousClock.Instant { origin + .seconds(seconds) }

/// Ready since second 0, loaded within 10 s, used once.
private func model(
    _ name: String, _ gibibytes: Int, _ state: LoadedModel.State = .idle, change: (inout LoadedModel) -> Void = { _ in }
) -> LoadedModel {
    var model = LoadedModel(name: name, size: Footprint(host: gibibytes * gibibyte), state: state, readySince: at(0))
    model.loadTime = .seconds(10)
    model.use = 1
    change(&model)
    return model
}

private func ask(_ gibibytes: Int, groups: Set<String> = []) -> MemoryAsk {
    MemoryAsk(name: "new", size: Footprint(host: gibibytes * gibibyte), groups: groups)
}

private func planner(_ gibibytes: Int?, maxLoaded: Int? = nil) -> MemoryPlanner {
    MemoryPlanner(budget: MemoryBudget(host: gibibytes.map { $0 * gibibyte }, maxLoaded: maxLoaded))
}

@Suite struct MemoryPlannerTests {
    private func decide(
        _ budget: Int?, _ ask: MemoryAsk, _ loaded: [LoadedModel], maxLoaded: Int? = nil, at seconds: Double = 100
    ) -> MemoryPlanner.Decision {
        planner(budget, maxLoaded: maxLoaded).verdict(on: ask, loaded: loaded, now: at(seconds)).decision
    }

    @Test func whatFitsIsLoaded() {
        #expect(decide(10, ask(4), []) == .load)
        #expect(decide(10, ask(4), [model("a", 6)]) == .load)
        #expect(decide(nil, ask(400), [model("a", 600, .busy)]) == .load)
    }

    @Test func idleOnesMakeRoomAndNoMoreThanNeeded() {
        #expect(decide(10, ask(4), [model("a", 4), model("b", 3)]) == .evict(["a"]))
        #expect(decide(10, ask(9), [model("a", 4), model("b", 3)]) == .evict(["a", "b"]))
        // b goes first, being used least, and turns out not to be enough; a alone is.
        let rare = model("b", 1) { $0.use = 0.01 }
        #expect(decide(10, ask(6), [model("a", 6), rare]) == .evict(["a"]))
    }

    @Test func cheapAndRarelyUsedOnesGoFirst() {
        let slow = model("slow", 4) { $0.loadTime = .seconds(60) }
        #expect(decide(8, ask(4), [slow, model("quick", 4)]) == .evict(["quick"]))
        let used = model("used", 4) { $0.use = 20 }
        #expect(decide(8, ask(4), [used, model("rare", 4)]) == .evict(["rare"]))
        let unimportant = model("unimportant", 4) { ($0.use, $0.priority) = (100, .low) }
        #expect(decide(8, ask(4), [model("a", 4), unimportant]) == .evict(["unimportant"]))
        // The large one frees more for the same price.
        #expect(decide(12, ask(4), [model("small", 4), model("large", 8)]) == .evict(["large"]))
    }

    @Test(arguments: [LoadedModel.State.busy, .loading])
    func whoWorksOrLoadsIsWaitedFor(_ state: LoadedModel.State) {
        #expect(decide(8, ask(4), [model("a", 6, state)]) == .wait(for: ["a"], until: nil))
        #expect(decide(8, ask(4), [model("a", 3, state), model("b", 3)]) == .evict(["b"]))
    }

    @Test func whoStopsIsWaitedForAndCostsNobodyElseTheirPlace() {
        #expect(decide(8, ask(4), [model("a", 4, .stopping), model("b", 4)]) == .wait(for: ["a"], until: nil))
        #expect(decide(8, ask(4), [model("a", 4, .stopping)]) == .load)
    }

    @Test func nobodyGoesBeforeTheTimeOfTheirLoadHasPassed() {
        #expect(decide(8, ask(6), [model("a", 6)], at: 9.9) == .wait(for: ["a"], until: at(10)))
        #expect(decide(8, ask(6), [model("a", 6)], at: 10) == .evict(["a"]))
        let slow = model("slow", 6) { $0.loadTime = .seconds(300) }
        #expect(decide(8, ask(6), [slow], at: 29) == .wait(for: ["slow"], until: at(30)))
        #expect(decide(8, ask(6), [slow], at: 30) == .evict(["slow"]))
    }

    @Test func pinnedOnesStay() {
        let pinned = model("pinned", 5) { $0.isPinned = true }
        #expect(decide(10, ask(5), [pinned, model("a", 5)]) == .evict(["a"]))
        let verdict = planner(10).verdict(on: ask(6), loaded: [pinned, model("a", 2)], now: at(100))
        #expect(verdict.decision == .refuse)
        #expect(
            verdict.reason.contains("pinned") && verdict.reason.contains("6 GiB") && verdict.reason.contains("10 GiB"))
    }

    @Test func whatNeverFitsIsRefusedWithBothFigures() {
        let verdict = planner(10).verdict(on: ask(11), loaded: [], now: at(0))
        #expect(verdict.decision == .refuse)
        #expect(verdict.reason == "new needs 11 GiB (declared), and the budget is 10 GiB")
    }

    @Test func membersOfAGroupAreNeverLoadedTogether() {
        let foe = model("a", 1) { $0.groups = ["gpu", "x"] }
        #expect(decide(10, ask(1, groups: ["gpu"]), [foe, model("b", 1)]) == .evict(["a"]))
        #expect(decide(10, ask(1, groups: ["other"]), [foe]) == .load)
        var busy = foe
        busy.state = .busy
        #expect(decide(10, ask(1, groups: ["gpu"]), [busy]) == .wait(for: ["a"], until: nil))
        busy.state = .stopping
        #expect(decide(10, ask(1, groups: ["gpu"]), [busy]) == .wait(for: ["a"], until: nil))
        var pinned = foe
        pinned.isPinned = true
        #expect(decide(10, ask(1, groups: ["gpu"]), [pinned]) == .refuse)
    }

    @Test func noMoreThanSoManyAreLoaded() {
        #expect(decide(nil, ask(1), [model("a", 1)], maxLoaded: 1) == .evict(["a"]))
        #expect(decide(nil, ask(1), [model("a", 1), model("b", 1, .busy)], maxLoaded: 2) == .evict(["a"]))
        #expect(decide(nil, ask(1), [model("a", 1, .busy)], maxLoaded: 1) == .wait(for: ["a"], until: nil))
        #expect(decide(nil, ask(1), [model("a", 1) { $0.isPinned = true }], maxLoaded: 1) == .refuse)
    }

    @Test func everyGPUHasItsOwnBudget() {
        let planner = MemoryPlanner(
            budget: MemoryBudget(host: 64 * gibibyte, devices: ["0": 8 * gibibyte, "1": 8 * gibibyte]))
        func on(_ gpu: String, _ gibibytes: Int, _ name: String) -> LoadedModel {
            model(name, 0) { $0.size = Footprint(host: gibibyte, devices: [gpu: gibibytes * gibibyte]) }
        }
        let ask = MemoryAsk(name: "new", size: Footprint(host: gibibyte, devices: ["1": 6 * gibibyte]))
        let loaded = [on("0", 7, "a"), on("1", 7, "b")]
        #expect(planner.verdict(on: ask, loaded: loaded, now: at(100)).decision == .evict(["b"]))
        #expect(planner.verdict(on: ask, loaded: [loaded[0]], now: at(100)).decision == .load)
    }

    @Test func everyDecisionIsExplained() {
        let loaded = [model("a", 6, .busy), model("b", 1)]
        #expect(
            planner(8).verdict(on: ask(4), loaded: loaded, now: at(100)).reason
                == "new needs 4 GiB of 8 GiB and waits for a with 6 GiB (busy)")
        #expect(
            planner(8).verdict(on: ask(2), loaded: [model("a", 7)], now: at(100)).reason
                == "new needs 2 GiB; a with 7 GiB is idle and makes room")
        #expect(
            planner(8).verdict(on: ask(1), loaded: [], now: at(0)).reason
                == "new needs 1 GiB, and there is room (8 GiB)")
    }
}
