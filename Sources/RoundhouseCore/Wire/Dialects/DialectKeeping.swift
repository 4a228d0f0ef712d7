/// How a dialect's answers are kept, so that a client can come back to them. Pure: who keeps them is the gateway's business.
public protocol DialectKeeping: Sendable {
    /// What a request says of it.
    /// - Throws: what is wrong with what it says.
    func wish(_ body: UnsafeRawBufferPointer) throws(EnvelopeError) -> KeepingWish

    /// Refuses what a request asks of answers that are kept, where none are: an engine that keeps some itself does not know whose they
    /// are.
    func refuse(_ body: UnsafeRawBufferPointer) throws(EnvelopeError)

    /// The request with all that came before it in its conversation put before its own input, so that it stands by itself.
    func continued(_ body: UnsafeRawBufferPointer, after previous: StoredAnswer) throws(EnvelopeError) -> [UInt8]

    /// The same as `Dialect.request`, for a request that stands by itself.
    func request(
        _ body: UnsafeRawBufferPointer, model: String, wish: KeepingWish
    ) throws(EnvelopeError) -> TranslatedRequest

    /// What is kept of a request and its answer; nil if the answer has no id.
    func stored(
        _ answer: [UInt8], to body: UnsafeRawBufferPointer, owner: String, now: Int64
    ) throws(EnvelopeError) -> StoredAnswer?

    /// What is meant by a method and a path, of which the API's own path and a slash are taken off; nil if there is no such thing.
    func call(_ method: String, _ path: String, query: [(name: String, value: String)]) -> KeptCall?
}

/// What a request says of keeping its answer.
public struct KeepingWish: Sendable, Equatable {
    /// Whether its answer is to be kept.
    public var isKept: Bool
    /// The id of the answer that it goes on from.
    public var previous: String?

    /// Makes a wish.
    public init(isKept: Bool, previous: String? = nil) {
        self.isKept = isKept
        self.previous = previous
    }
}

/// What is to be done with an answer that is kept.
public struct KeptCall: Sendable {
    /// What.
    public enum Action: Sendable {
        /// Show something of it.
        case show(@Sendable (StoredAnswer) throws(EnvelopeError) -> [UInt8])
        /// Delete it, and say so with this.
        case delete([UInt8])
        /// Nothing can be done; this is why.
        case refuse(String)
    }

    /// Which one.
    public var id: String
    /// What.
    public var action: Action

    /// Makes a call.
    public init(id: String, action: Action) {
        self.id = id
        self.action = action
    }
}
