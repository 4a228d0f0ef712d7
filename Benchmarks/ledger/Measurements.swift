import Foundation
import Logging
import RoundhouseCore
import RoundhouseStore

/// A ledger in a folder of its own, and what is measured on it.
struct Measurements {
    let folder: String
    var rows: [(what: String, figure: String)] = []

    init(folder: String) {
        self.folder = folder
    }

    private func makeLedger(_ name: String) throws -> Ledger {
        let data = folder + "/" + name
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        var settings = LedgerSettings()
        settings.retentionDays = 20_000
        return try Ledger(dataDirectory: data, settings: settings, logger: Logger(label: "ledger-bench"))
    }

    // MARK: Writing

    /// Offers so many records a second, in pieces as event loops hand them over, and sees whether the ledger keeps up.
    mutating func sustained(rate: Int, seconds: Int) async throws {
        let ledger = try makeLedger("sustained-\(rate)")
        let pieces = Self.pieces(of: rate / 20, count: 40, seed: 1)
        let cpu = processorSeconds()
        let start = ContinuousClock.now
        var worstLag = 0.0
        var worstWaiting = 0
        for tick in 0..<seconds * 20 {
            let now = secondsNow() * 1_000_000_000
            var piece = pieces[tick % pieces.count]
            for index in piece.indices { piece[index].startedAt = now }
            ledger.take(piece)
            let status = ledger.status
            worstLag = max(worstLag, status.lagSeconds)
            worstWaiting = max(worstWaiting, status.waiting)
            try await Task.sleep(until: start + .milliseconds(50 * (tick + 1)))
        }
        let took = Self.seconds(since: start)
        let behind = ledger.status.waiting
        let status = ledger.close()
        let perThousand = (processorSeconds() - cpu) / Double(status.written) * 1000
        rows += [
            ("records offered and written each second, for \(text(took, 0)) s", text(Double(status.written) / took, 0)),
            ("… processor time for 1,000 of them", "\(text(perThousand * 1000, 1)) ms"),
            ("… most that waited, longest wait", "\(worstWaiting), \(text(worstLag, 2)) s"),
            ("… waiting at the end, dropped", "\(behind), \(status.dropped)"),
        ]
    }

    /// Offers records as fast as they are written.
    mutating func saturated(seconds: Int) async throws {
        let ledger = try makeLedger("saturated")
        let pieces = Self.pieces(of: 1000, count: 40, seed: 2)
        let cpu = processorSeconds()
        let start = ContinuousClock.now
        var tick = 0
        while Self.seconds(since: start) < Double(seconds) {
            if ledger.status.waiting > 20_000 {
                try await Task.sleep(for: .milliseconds(2))
                continue
            }
            let now = secondsNow() * 1_000_000_000
            var piece = pieces[tick % pieces.count]
            for index in piece.indices { piece[index].startedAt = now }
            ledger.take(piece)
            tick += 1
        }
        let status = ledger.close()
        let took = Self.seconds(since: start)
        let perThousand = (processorSeconds() - cpu) / Double(status.written) * 1000
        rows += [
            ("records written each second at most, for \(text(took, 0)) s", text(Double(status.written) / took, 0)),
            ("… processor time for 1,000 of them", "\(text(perThousand * 1000, 1)) ms"),
        ]
    }

    // MARK: Keeping and asking

    /// A day of a million records.
    mutating func day() async throws {
        let ledger = try makeLedger("day")
        let start = (secondsNow() / 86_400 - 1) * 86_400
        try await fill(ledger, seed: 3, count: 1_000_000) { traffic, index in
            traffic.next(at: (start * 1000 + Int64(index) * 86_400 / 1000) * 1_000_000)
        }
        ledger.close()
        let size = fileSize(ledger.paths.database)
        rows.append(("a day of 1,000,000 records", "\(size / 1_000_000) MB, \(size / 1_000_000) bytes each"))
        let reader = try LedgerReader(path: ledger.paths.database)
        try await ask("usage of the day by feature and model (roll-ups)") {
            try await reader.usage(by: [.feature, .model], since: start, until: start + 86_400)
        }
        try await ask("usage of 12 hours by feature and model (500,000 records)") {
            try await reader.usage(by: [.feature, .model], since: start + 21_600, until: start + 64_800)
        }
        try await ask("usage of 23 hours 59 minutes by feature and model (999,000 records)") {
            try await reader.usage(by: [.feature, .model], since: start + 1, until: start + 86_399)
        }
        try await ask("spent by a team since midnight") {
            try await reader.spent(by: .team("team-0"), currency: "USD", since: start)
        }
    }

    /// A year of roll-ups, 500 groups a day.
    mutating func year() async throws {
        let ledger = try makeLedger("year")
        let today = secondsNow() / 86_400
        let habits = Traffic(seed: 4).habitCount
        try await fill(ledger, seed: 4, count: 365 * habits) { traffic, index in
            let day = today - 365 + Int64(index / habits)
            return traffic.request(of: index % habits, at: (day * 86_400 + 3600) * 1_000_000_000)
        }
        ledger.close()
        let reader = try LedgerReader(path: ledger.paths.database)
        let questions: [[UsageDimension]] = [
            [], [.feature, .model], [.team, .key], [.day], [.day, .team], UsageDimension.allCases,
        ]
        for dimensions in questions {
            let names = dimensions.isEmpty ? "nothing" : dimensions.map(\.rawValue).joined(separator: ", ")
            try await ask("usage of 365 days × \(habits) habits by \(names)") {
                try await reader.usage(by: dimensions)
            }
        }
        let verified = ContinuousClock.now
        let report = try EscalationAudit.verify(database: ledger.paths.database, headFile: ledger.paths.headFile)
        rows.append(
            (
                "verifying \(report.count) escalations\(report.isSound ? "" : " (UNSOUND)")",
                "\(text(Self.seconds(since: verified) * 1000, 0)) ms"
            ))
    }

    private func fill(
        _ ledger: Ledger, seed: UInt64, count: Int, _ make: (inout Traffic, Int) -> RequestRecord
    ) async throws {
        var traffic = Traffic(seed: seed)
        for first in stride(from: 0, to: count, by: 4000) {
            ledger.take((first..<min(first + 4000, count)).map { make(&traffic, $0) })
            while ledger.status.waiting > 20_000 { try await Task.sleep(for: .milliseconds(2)) }
        }
        ledger.flush()
    }

    /// The best of five, for what else the machine does is none of the ledger's.
    private mutating func ask(_ what: String, _ question: () async throws -> some Any) async throws {
        var best = Double.infinity
        for _ in 0..<5 {
            let start = ContinuousClock.now
            _ = try await question()
            best = min(best, Self.seconds(since: start))
        }
        rows.append((what, "\(text(best * 1000, 1)) ms"))
    }

    private static func pieces(of size: Int, count: Int, seed: UInt64) -> [[RequestRecord]] {
        var traffic = Traffic(seed: seed)
        return (0..<count).map { _ in (0..<size).map { _ in traffic.next(at: 0) } }
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let passed = (ContinuousClock.now - start).components
        return Double(passed.seconds) + Double(passed.attoseconds) / 1e18
    }
}
