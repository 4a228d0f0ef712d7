/// Where the ledger's files lie.
public struct LedgerPaths: Sendable, Equatable {
    /// The SQLite database.
    public let database: String
    /// The anchored end of the chain of escalations.
    public let headFile: String

    /// The files of a data folder.
    public init(dataDirectory: String) {
        database = dataDirectory + "/ledger.sqlite"
        headFile = dataDirectory + "/escalations.head"
    }
}
