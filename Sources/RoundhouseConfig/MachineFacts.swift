public import RoundhouseCore

/// What has to be asked of this machine to judge a file: nothing in it says that.
public struct MachineFacts: Sendable {
    /// Why an engine cannot be launched here; nil if it can.
    public var engineProblem: @Sendable (EngineProfile) -> String?
    /// Whether a model's chat template knows tools; nil if it cannot be told.
    public var knowsTools: @Sendable (LaunchSettings) -> Bool?

    /// Without facts every engine can be launched, and nothing is known of templates.
    public init(
        engineProblem: @escaping @Sendable (EngineProfile) -> String? = { _ in nil },
        knowsTools: @escaping @Sendable (LaunchSettings) -> Bool? = { _ in nil }
    ) {
        self.engineProblem = engineProblem
        self.knowsTools = knowsTools
    }
}
