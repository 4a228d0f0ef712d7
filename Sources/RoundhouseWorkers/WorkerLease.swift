public import RoundhouseCore

/// A place in a running engine. Must be given back with `WorkerPool.release`.
public struct WorkerLease: Sendable {
    /// Name of the model.
    public let model: String
    /// Where the engine listens.
    public let endpoint: Endpoint
    /// Bearer token that the engine asks for; nil on a Unix socket, which nobody else can open.
    public let engineKey: Secret?
    /// Microseconds that the request waited for a place.
    public let queueMicroseconds: Int
    /// Microseconds that it waited for the engine to load.
    public let loadMicroseconds: Int
    /// Since when it is held.
    let since: ContinuousClock.Instant
    /// Which run of the engine it is.
    let generation: Int
    /// Whose it is; after a reload another worker may bear the model's name.
    let worker: Worker
}

/// A request's place in a queue.
public struct LeaseTicket: Sendable {
    let worker: Worker
    let number: UInt64
}

/// What `WorkerPool.lease` says at once.
public enum LeaseAnswer: Sendable {
    /// Here it is.
    case ready(WorkerLease)
    /// The answer will come.
    case waiting(LeaseTicket)
    /// There will be none.
    case refused(LeaseError)
}

/// Why a request gets no place.
public enum LeaseError: Error, Sendable {
    /// The model has no engine here.
    case unavailable(String)
    /// `limits.queue` requests wait already.
    case queueFull(retryAfter: Int)
    /// `limits.queue_timeout` is over.
    case queueTimeout(because: String?, retryAfter: Int)
    /// It does not fit into memory, and this is why.
    case noRoom(String)
    /// The engine does not run, and this is why; it will not be started again for `retryAfter` seconds.
    case failed(ExitCause, retryAfter: Int)
    /// The gateway is stopping.
    case shuttingDown
}

/// One engine, for `roundhouse ps`.
public struct WorkerStatus: Sendable, Codable {
    /// Name of the model.
    public var model: String
    /// Name of the engine.
    public var backend: String
    /// `stopped`, `waiting` (for memory), `loading`, `ready`, `draining`, `stopping`, `failed` or `unavailable`.
    public var state: String
    /// Process id of the engine.
    public var pid: Int32?
    /// Path of its socket.
    public var address: String?
    /// Requests that it is working on.
    public var active: Int
    /// Requests that wait for it.
    public var waiting: Int
    /// Starts after a failure.
    public var restarts: Int
    /// Seconds that it has been in its state, where that is known.
    public var seconds: Int?
    /// Why it failed last, or why it is unavailable.
    public var problem: String?
    /// Seconds until it is unloaded, if nobody uses it before; nil is never.
    public var unloadsIn: Int?
    /// Bytes that its processes have now, files that they have mapped included.
    public var memoryBytes: Int?
    /// Bytes that it is planned with, on all devices together.
    public var sizeBytes: Int?
    /// How that is known: `declared`, `learned`, `estimated` or `unknown`.
    public var sizeSource: String?
    /// The last decision about its memory, in one sentence.
    public var note: String?
    /// Tokens of its context, where that has been made smaller because memory ran out.
    public var reducedContext: Int?
    /// Who waits, who is next first; at most 100.
    public var queue: [WaitingStatus]?

    private enum CodingKeys: String, CodingKey {
        case model, backend, state, pid, address, active, waiting, restarts, seconds, problem
        case note, queue
        case unloadsIn = "unloads_in"
        case memoryBytes = "memory_bytes"
        case sizeBytes = "size_bytes"
        case sizeSource = "size_source"
        case reducedContext = "reduced_context"
    }
}

/// A request that waits for an engine.
public struct WaitingStatus: Sendable, Codable, Equatable {
    /// 1 is next.
    public var position: Int
    /// Id of its key; nil for callers without one.
    public var key: String?
    /// `low`, `normal` or `high`.
    public var priority: String
    /// Seconds that it has waited.
    public var waited: Double
    /// Seconds until it has its place; nil if that cannot be told.
    public var estimate: Double?
}
