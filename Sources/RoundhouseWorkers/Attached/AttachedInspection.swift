internal import Logging
public import RoundhouseCore

/// One look at the attached servers that can be asked about their models, for `roundhouse check`.
public struct AttachedInspection: Sendable {
    /// Something that is not as the files say.
    public struct Finding: Sendable {
        /// Whose entry it is about.
        public var model: Model
        /// Whether the server is there, and the model is not.
        public var isMissing: Bool
        /// What is wrong.
        public var message: String
        /// What to do.
        public var fix: String
    }

    /// All findings, in the order of the models.
    public var findings: [Finding] = []
    private let watch: AttachedWatch

    /// Asks every server once, for at most a few seconds. What is offline is left alone.
    public static func look(at configuration: Configuration) async -> AttachedInspection {
        // What a running gateway logs is among the findings here.
        let silent = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
        let watch = AttachedWatch(interval: .zero, logger: silent, tells: false)
        watch.apply(configuration.models, isOffline: configuration.isOffline)
        await watch.look()
        var inspection = AttachedInspection(watch: watch)
        let models = Dictionary(configuration.models.map { ($0.name, $0) }) { first, _ in first }
        for status in watch.status {
            guard let problem = status.problem, let model = models[status.model], let api = model.profile.native
            else { continue }
            let isMissing = status.state == "missing"
            inspection.findings.append(
                Finding(
                    model: model, isMissing: isMissing,
                    message: isMissing ? problem : "\(status.server) cannot be asked about its models: \(problem)",
                    fix: isMissing
                        ? "\(api.fetchCommand) \(model.upstreamName)"
                        : "start the server, or correct the endpoint; requests fail until it answers"))
        }
        return inspection
    }

    /// The model with what its server says that it can do.
    public func learnt(_ model: Model) -> Model { watch.learnt(model) }
}
