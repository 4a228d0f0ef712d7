internal import RoundhouseCore

extension ModelParser {
    /// `fallback`, `retries`, `affinity`, `on_disconnect` and `loading_state`: what a model's requests do when something fails.
    func readRouting(_ top: Section, _ model: inout Model) {
        if let entry = top.entries.first(where: { $0.key == "route" && !$0.value.isNull }) {
            problems.error(
                entry.location, "an entry has either `backend` or `route`",
                fix: "make the route an entry of its own, which names this model")
        }
        model.fallback = RouteParser(names: EntryNames(problems: problems), problems: problems).fallback(top)
        model.retries = top.int("retries", 0...10)
        model.tellsWaiting = top.word("loading_state", ["none", "comment"]) == "comment"
        model.finishesAlone = top.word("on_disconnect", ["cancel", "finish"]) == "finish"
        guard let entry = top.entry("affinity") else { return }
        model.affinity = top.word("affinity", EndpointAffinity.allCases.map(\.rawValue)).flatMap(EndpointAffinity.init)
        if case .list(let endpoints)? = top.entry("endpoints")?.value.content, endpoints.count > 1 { return }
        problems.warning(
            entry.location, "`affinity` is for a model with several `endpoints`; this one has no choice",
            fix: "remove it, or add endpoints")
    }
}
