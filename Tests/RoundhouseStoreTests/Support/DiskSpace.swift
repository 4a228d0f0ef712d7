import Foundation
import GRDB
import RoundhouseStore

/// Stands in for a full disk: no file of this process may grow beyond a size.
enum DiskSpace {
    /// nil lifts the limit.
    static func limit(to bytes: Int?) throws {
        // Without this the process would be killed where it should get an error.
        signal(SIGXFSZ, SIG_IGN)
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits) == 0 else {
            throw CocoaError(.fileReadUnknown)
        }
        limits.rlim_cur = bytes.map { rlim_t($0) } ?? limits.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    static func size(of path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
}

extension TemporaryFolder {
    /// A folder that somebody else made and will remove.
    init(at path: String) {
        self.path = path
    }

    /// Does something while another connection keeps everybody from writing.
    func holdingTheWriteLock(_ body: () throws -> Void) throws {
        let queue = try DatabaseQueue(path: ledger.database)
        try queue.inTransaction(.immediate) { _ in
            try body()
            return .rollback
        }
        try queue.close()
    }
}
