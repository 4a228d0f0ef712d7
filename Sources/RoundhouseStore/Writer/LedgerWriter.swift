internal import GRDB
internal import RoundhouseCore

/// Writes batches of records: rows, roll-ups and the chain of escalations, in one transaction. Belongs to the ledger's
/// queue. After a failure it is thrown away and made anew, which looks at everything again that could have changed.
struct LedgerWriter {
    private let file: LedgerFile
    private var names = NameBook()
    private var features: FeatureLimit
    private var chain: ChainAnchor
    private var ids: RowID
    private var isSynchronous = false

    /// Opens the files, or makes them.
    /// - Parameter now: seconds since 1970.
    /// - Throws: `LedgerError` or `HeadFileError`.
    static func open(
        _ paths: LedgerPaths, featuresADay: Int, now: Int64
    ) throws -> (writer: LedgerWriter, finding: ChainAnchor.Finding) {
        let file = try LedgerFile.forWriting(paths.database)
        do {
            let (chain, finding) = try file.queue.read { db in
                try ChainAnchor.open(db, HeadFile(path: paths.headFile), now: now)
            }
            let ids = RowID(after: try file.queue.read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM requests") })
            return (LedgerWriter(file: file, features: FeatureLimit(featuresADay), chain: chain, ids: ids), finding)
        } catch let error as DatabaseError {
            throw LedgerError(error, path: paths.database)
        }
    }

    /// What the head file says.
    var head: ChainHead { chain.anchored }

    /// Writes records; all of them or, if it throws, none.
    /// - Throws: `LedgerError` or `DatabaseError`.
    mutating func write(_ batch: [ArraySlice<RequestRecord>], now: Int64) throws {
        try file.checkPlace()
        let escalates = batch.contains { records in records.indices.contains { records[$0].escalated } }
        var newEnd: ChainHead?
        try file.queue.writeWithoutTransaction { db in
            // A head must never vouch for rows that a power cut can still take away.
            if escalates != isSynchronous {
                try db.execute(sql: "PRAGMA synchronous = \(escalates ? "FULL" : "NORMAL")")
                isSynchronous = escalates
            }
            try db.inTransaction(.immediate) {
                try insert(batch, db)
                if escalates { newEnd = try chain.append(batch.joined(), db, now: now) }
                return .commit
            }
        }
        if let newEnd { chain.commit(newEnd) }
    }

    /// Brings the head file up to the end of the chain.
    /// - Throws: `HeadFileError`.
    mutating func anchor() throws {
        try chain.anchor()
    }

    private mutating func insert(_ batch: [ArraySlice<RequestRecord>], _ db: Database) throws {
        let insertion = try db.cachedStatement(sql: RequestRow.insertion)
        var sums = DailySums()
        for records in batch {
            // Lent from where they lie: a record is large, and iterating over an array copies each.
            try records.withUnsafeBufferPointer { records in
                for index in records.indices { try insert(records[index], insertion, &sums, db) }
            }
        }
        try sums.write(db)
    }

    private mutating func insert(
        _ record: borrowing RequestRecord, _ insertion: Statement, _ sums: inout DailySums, _ db: Database
    ) throws {
        let feature = features.booked(record.feature, day: DailySums.day(record.startedAt))
        let rowNames = try RowNames(record, feature: feature, &names, db)
        try RequestRow.insert(record, rowNames, &ids, insertion)
        sums.add(record, rowNames)
    }

    /// Deletes some of the rows of days before this one; the roll-ups stay.
    /// - Returns: whether there may be more of them.
    func deleteSlice(before day: Int64) throws -> Bool {
        try file.queue.write { db in try Retention.deleteSlice(before: day, db) }
    }

    /// Puts the whole of the log into the file, and closes it. SQLite does that by itself only with the last connection, and
    /// readers may still have theirs.
    func close() throws {
        try file.queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try file.queue.close()
    }
}
