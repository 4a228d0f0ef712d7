/// What an admin route asks for that needs files or the ledger.
public enum AdminCall: Sendable {
    /// Sums over requests.
    case usage
    /// The state of the escalation audit.
    case audit
    /// What came of the last look at the files.
    case configuration
    /// Read the files now.
    case reload
    /// What engines may take together, and have.
    case memory
    /// Load a model, and say when it is ready.
    case load
    /// Unload a model.
    case unload
    /// What an engine has printed.
    case logs
}

/// Answers such calls. They run as tasks of their own, beside the event loops, and may wait.
public protocol AdminService: Sendable {
    /// The answer to a call.
    /// - Parameter query: the URL's parameters, decoded, in their order.
    func answer(_ call: AdminCall, query: [(name: String, value: String)]) async -> AdminAnswer
}

/// A JSON document, and whether it is good news.
public struct AdminAnswer: Sendable {
    /// HTTP status.
    public var status: Int
    /// The body.
    public var json: [UInt8]

    /// Makes an answer.
    public init(status: Int = 200, json: [UInt8]) {
        self.status = status
        self.json = json
    }
}
