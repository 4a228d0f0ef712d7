internal import GRDB

/// A database of ours, the ledger or the stored responses, cannot be used as it is.
public enum LedgerError: Error, Equatable, CustomStringConvertible {
    /// There is no file.
    case missing(path: String)
    /// The file is no SQLite database, or a damaged one.
    case damaged(path: String, why: String)
    /// A newer version of Roundhouse has written the file.
    case newer(path: String)
    /// An older version has written the file, and it is open for reading only.
    case older(path: String)
    /// The file, its folder or its disk does not allow what is needed: permissions, a full disk, a read-only mount.
    case unusable(path: String, why: String)

    /// A sentence, with what to do.
    public var description: String {
        switch self {
        case .missing(let path):
            "There is no ledger at \(path). The gateway makes it when it first serves; name its data folder with --data."
        case .damaged(let path, let why):
            """
            The database \(path) is damaged (\(why)). Stop the gateway, move the file and its -wal and -shm files aside \
            (a new one is begun) and save what can be read with `sqlite3 FILE .recover`.
            """
        case .newer(let path):
            "The database \(path) was written by a newer version of Roundhouse. Use that version, or move the file aside."
        case .older(let path):
            "The database \(path) was written by an older version of Roundhouse. Start the gateway once; it brings it up to date."
        case .unusable(let path, let why):
            "The database \(path) cannot be used: \(why). See to its disk and to the permissions of its folder."
        }
    }

    /// What an error of SQLite means for the file at a path.
    init(_ error: any Error, path: String) {
        if let known = error as? LedgerError {
            self = known
            return
        }
        let why = Self.sentence(error)
        switch (error as? DatabaseError)?.resultCode {
        case ResultCode.SQLITE_NOTADB?, ResultCode.SQLITE_CORRUPT?: self = .damaged(path: path, why: why)
        default: self = .unusable(path: path, why: why)
        }
    }

    /// The cause in few words, without the statement and what was in it.
    static func sentence(_ error: any Error) -> String {
        switch error {
        case let error as DatabaseError: error.message ?? error.resultCode.description
        case LedgerError.unusable(_, let why), LedgerError.damaged(_, let why): why
        default: String(describing: error)
        }
    }
}
