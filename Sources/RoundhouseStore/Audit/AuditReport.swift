/// Something wrong with the record of escalations.
public struct AuditProblem: Sendable, Equatable, CustomStringConvertible {
    /// Number of the escalation that it begins at, if it is about one.
    public let seq: Int64?
    /// A sentence.
    public let description: String

    init(_ seq: Int64?, _ description: String) {
        (self.seq, self.description) = (seq, description)
    }
}

/// What `EscalationAudit.verify` has found.
public struct AuditReport: Sendable, Equatable {
    /// How many escalations there are.
    public internal(set) var count: Int64 = 0
    /// The end of the chain in the database; nil if it could not be read.
    public internal(set) var head: ChainHead?
    /// What is wrong, in the order of the chain. At most `limit` are kept.
    public internal(set) var problems: [AuditProblem] = []
    /// How many problems there are, also those that are not in `problems`.
    public internal(set) var problemCount = 0
    /// Escalations at the end that no head file vouches for yet: a few while a gateway runs or after it was killed.
    public internal(set) var unanchored: Int64 = 0

    /// The most problems that are told one by one.
    public static let limit = 1000

    /// Whether nothing is wrong.
    public var isSound: Bool { problemCount == 0 }

    mutating func add(_ problem: AuditProblem) {
        problemCount += 1
        if problems.count < Self.limit { problems.append(problem) }
    }
}
