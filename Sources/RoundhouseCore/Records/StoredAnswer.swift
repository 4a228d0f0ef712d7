/// An answer that its client can come back to.
public struct StoredAnswer: Sendable, Equatable {
    /// What the client knows it by.
    public var id: String
    /// Whose it is; nobody else gets it. See `Principal.archiveOwner`.
    public var owner: String
    /// Seconds since 1970.
    public var createdAt: Int64
    /// What it answers, with all that came before it in the conversation: a JSON array of items.
    public var input: [UInt8]
    /// The answer, a JSON object.
    public var answer: [UInt8]

    /// Makes an answer.
    public init(id: String, owner: String, createdAt: Int64, input: [UInt8], answer: [UInt8]) {
        self.id = id
        self.owner = owner
        self.createdAt = createdAt
        self.input = input
        self.answer = answer
    }
}

/// Where answers are kept. Any thread may call it, and none ever waits in it.
public protocol AnswerArchive: Sendable {
    /// Keeps an answer, a moment later. That this fails is the archive's business to report: the client has its answer.
    func keep(_ answer: StoredAnswer)

    /// Looks an answer up.
    /// - Parameter done: called once, on any thread; with nil if there is none of this id and owner.
    func find(_ id: String, owner: String, _ done: @escaping @Sendable (Result<StoredAnswer?, any Error>) -> Void)

    /// Deletes an answer.
    /// - Parameter done: called once, on any thread; says whether there was one.
    func remove(_ id: String, owner: String, _ done: @escaping @Sendable (Result<Bool, any Error>) -> Void)
}

extension Principal {
    /// Under whose name answers are kept: the team's, else the key's; callers without a key share theirs.
    public var archiveOwner: String {
        if let team { return "team:\(team)" }
        return keyID.map { "key:\($0)" } ?? ""
    }
}
