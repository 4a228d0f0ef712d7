/// Everything that the files under `models/` and `config/` say, validated.
///
/// An immutable snapshot: whoever serves requests reads one snapshot from beginning to end, and a reload replaces it
/// as a whole. Paths are absolute. Names and aliases are unique over all models.
public struct Configuration: Sendable, Equatable {
    /// How the front listens and what it accepts.
    public var server: ServerSettings
    /// All models in the order of their files (by name) and of their place in them, also the unavailable ones.
    public var models: [Model]
    /// Virtual models, in the same order. Their names are unique among those of the models, too.
    public var routes: [ModelRoute] = []
    /// Where the access log goes.
    public var accessLog: AccessLogDestination
    /// Folder for what Roundhouse itself writes: installed engines, worker logs, the lock.
    public var dataDirectory: String
    /// The file of API keys, written by `roundhouse keys`.
    public var keysFile: String
    /// Teams, in the order of the file; names are unique.
    public var teams: [Team] = []
    /// Whether no request may leave the house, whoever asks.
    public var isOffline = false
    /// What launched engines may take together.
    public var memory = MemorySettings()
    /// What is kept of requests.
    public var ledger = LedgerSettings()
    /// What is kept of answers.
    public var responses = ResponseSettings()

    /// Makes a snapshot; validation is the business of whoever reads the files.
    public init(
        server: ServerSettings = ServerSettings(), models: [Model] = [],
        accessLog: AccessLogDestination = .standardOutput, dataDirectory: String, keysFile: String
    ) {
        self.server = server
        self.models = models
        self.accessLog = accessLog
        self.dataDirectory = dataDirectory
        self.keysFile = keysFile
    }
}

/// The `ledger` section of `config/roundhouse.yaml`.
public struct LedgerSettings: Sendable, Equatable {
    /// Whether requests are recorded in the ledger at all.
    public var isEnabled = true
    /// Whether requests are refused while they cannot be recorded (`ledger: required`).
    public var isRequired = false
    /// How many days single records are kept; daily sums are kept for ever.
    public var retentionDays = 30

    /// The defaults above.
    public init() {}
}

/// The `responses` section of `config/roundhouse.yaml`.
public struct ResponseSettings: Sendable, Equatable {
    /// Whether responses are stored that do not say otherwise.
    public var isStoring = false
    /// How many days they are kept.
    public var retentionDays = 30

    /// The defaults above.
    public init() {}
}

/// `log.access` in `config/roundhouse.yaml`.
public enum AccessLogDestination: Sendable, Equatable {
    /// One JSON line per request on standard output.
    case standardOutput
    /// The same lines, appended to the file at this absolute path.
    case file(String)
    /// No access log.
    case off
}
