public import RoundhouseCore

/// What came of reading the files.
public struct LoadResult: Sendable {
    /// The snapshot; nil if the files must not be started with.
    public var configuration: Configuration?
    /// Everything that was found, in the order of the files.
    public var problems: [Problem]
    /// The keys of `config/keys.yaml`, with resolved names of models; none if there is no configuration.
    public var keys: [APIKey] = []
    /// Keys from LocalAI's `API_KEY`; as there, each of them may do everything.
    public var environmentKeys: [Secret]
    /// Files besides those of the two folders that the configuration depends on, absolute: certificates and credentials.
    public var watchedFiles: [String] = []
    /// What all these files looked like just before they were read.
    public var fingerprint = FileFingerprint()

    /// Makes a result.
    public init(configuration: Configuration?, problems: [Problem], environmentKeys: [Secret] = []) {
        self.configuration = configuration
        self.problems = problems
        self.environmentKeys = environmentKeys
    }

    /// Whether anything is wrong, be it with one model only.
    public var hasErrors: Bool { problems.contains { $0.severity == .error } }
}
