internal import RoundhouseConfig
internal import RoundhouseWorkers

extension MachineFacts {
    /// Those of this machine.
    static func here(_ locator: EngineLocator, _ templates: TemplateBook) -> MachineFacts {
        MachineFacts(
            engineProblem: { locator.problem(for: $0) }, knowsTools: { templates.knowsTools($0) })
    }
}
