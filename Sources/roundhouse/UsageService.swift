internal import RoundhouseCore
internal import RoundhouseStore

/// Answers questions about usage from the ledger, for the running gateway and for the command line alike.
struct UsageService: Sendable {
    private let reader: LedgerReader
    private let paths: LedgerPaths
    private let prices: @Sendable () -> PriceList
    private let ledger: Ledger?

    /// Reads the ledger of a data folder.
    /// - Parameters:
    ///   - ledger: what is written to it at the same time, so that an answer knows everything up to now.
    ///   - prices: what models cost now.
    /// - Throws: `LedgerError`.
    init(dataDirectory: String, ledger: Ledger? = nil, prices: @escaping @Sendable () -> PriceList) throws {
        paths = LedgerPaths(dataDirectory: dataDirectory)
        reader = try LedgerReader(path: paths.database)
        self.prices = prices
        self.ledger = ledger
    }

    /// A `UsageDocument`.
    func usage(_ request: UsageRequest) async throws -> [UInt8] {
        var price: Price?
        if let name = request.compareTo {
            guard let known = prices()[name] else {
                throw AdminProblem(
                    status: 400, "There is no model `\(name)` with a `cost`, so that nothing can be compared to it.")
            }
            price = known
        }
        let report = try await reader.usage(
            by: request.by.compactMap(UsageDimension.init(rawValue:)), since: request.since, until: request.until,
            compareTo: price)
        let rows = report.groups.map { group in
            UsageDocument.Row(
                group, by: request.by,
                compared: group.compared.flatMap { cost in
                    guard let name = request.compareTo, let price else { return nil }
                    return UsageDocument.Comparison(model: name, cost: cost.units, currency: price.currency)
                })
        }
        let document = UsageDocument(by: request.by, since: request.since, until: request.until, rows: rows)
        return try Administration.json(document, isSnakeCase: false)
    }

    /// What was spent, for a budget.
    func spent(_ subject: LimitSubject, currency: String, since: Int64) async throws -> Money {
        switch subject.kind {
        case .key: try await reader.spent(by: .key(subject.name), currency: currency, since: since)
        case .team: try await reader.spent(by: .team(subject.name), currency: currency, since: since)
        case .model: .zero
        }
    }

    /// An `AuditDocument`. It reads every escalation there ever was.
    func audit(expected: ChainHead? = nil) throws -> AuditDocument {
        ledger?.flush()
        let report = try EscalationAudit.verify(
            database: paths.database, headFile: paths.headFile, expected: expected)
        return AuditDocument(
            sound: report.isSound, count: report.count, head: report.head?.description,
            problems: report.problems.map(\.description), problemCount: report.problemCount)
    }

    /// The end of the chain, to be kept elsewhere.
    func head() throws -> String {
        ledger?.flush()
        return try EscalationAudit.exportHead(headFile: paths.headFile).description
    }
}

/// The state of the escalation audit.
struct AuditDocument: Codable {
    /// Whether every row is as it was written, and none is missing.
    var sound: Bool
    /// Escalations in it.
    var count: Int64
    /// The end of the chain, to be compared with one that was kept elsewhere.
    var head: String?
    var problems: [String]
    var problemCount: Int
}

extension UsageDocument.Row {
    init(_ group: UsageReport.Group, by: [String], compared: UsageDocument.Comparison?) {
        let totals = group.totals
        labels = Dictionary(zip(by, group.values)) { first, _ in first }
        requests = totals.requests
        errors = totals.errors
        escalated = totals.escalated
        inputTokens = totals.amounts.inputTokens ?? 0
        cachedTokens = totals.amounts.cachedTokens ?? 0
        outputTokens = totals.amounts.outputTokens ?? 0
        estimatedTokens = totals.estimatedTokens
        audioSeconds = Double(totals.amounts.audioMilliseconds ?? 0) / 1000
        characters = totals.amounts.characters ?? 0
        images = totals.amounts.images ?? 0
        cost = totals.costs.mapValues(\.units)
        durationMs = totals.meanDuration
        firstByteMs = totals.meanFirstByte
        self.compared = compared
    }
}
