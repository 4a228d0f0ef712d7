internal import FoundationEssentials
internal import Logging
internal import RoundhouseCore
internal import RoundhouseGateway
internal import RoundhouseStore
internal import RoundhouseWorkers
internal import Synchronization

/// What a running gateway keeps of requests, and what it knows of them from before: ledger, limits, budgets.
final class Books: Sendable {
    /// nil with `ledger: off`.
    let ledger: Ledger?
    /// Stored responses; nil where none are.
    let answers: AnswerStore?
    let limits = LimitBook()
    let administration: Administration
    private let usage: UsageService?
    private let prices: PriceBoard
    private let logger: Logger

    /// Opens the ledger.
    /// - Throws: `LedgerError`, when its file must not be written to, or cannot be and is required.
    init(_ configuration: Configuration, logger: Logger) throws {
        self.logger = logger
        answers = Self.answers(configuration, logger)
        let prices = PriceBoard(PriceList(configuration.models))
        self.prices = prices
        guard configuration.ledger.isEnabled else {
            ledger = nil
            usage = nil
            administration = Administration(usage: nil)
            return
        }
        let ledger = try Ledger(
            dataDirectory: configuration.dataDirectory, settings: configuration.ledger, logger: logger)
        self.ledger = ledger
        var usage: UsageService?
        do {
            usage = try UsageService(dataDirectory: configuration.dataDirectory, ledger: ledger) { prices.list }
        } catch {
            // A disk that takes nothing has no file to read either.
            logger.error("usage cannot be shown", metadata: ["error": .string("\(error)")])
        }
        self.usage = usage
        administration = Administration(usage: usage)
    }

    /// Requests are answered also where their answers cannot be stored.
    private static func answers(_ configuration: Configuration, _ logger: Logger) -> AnswerStore? {
        guard configuration.responses.isStoring else { return nil }
        do {
            return try AnswerStore(
                dataDirectory: configuration.dataDirectory, settings: configuration.responses, logger: logger)
        } catch {
            logger.error("no response is stored until the next start", metadata: ["error": .string("\(error)")])
            return nil
        }
    }

    /// The files can be read again from now on.
    func begin(with reloader: Reloader, workers: WorkerPool) { administration.begin(with: reloader, workers: workers) }

    /// Has budgets go on from what the ledger says was spent in their period. One that cannot be asked is counted from
    /// nothing, and the log says so.
    func restoreBudgets(_ configuration: Configuration, _ keys: [APIKey]) async {
        prices.list = PriceList(configuration.models)
        guard let usage else { return }
        var maker = GrantMaker(configuration: configuration, book: limits)
        for key in keys { _ = maker.grant(for: key) }
        let now = Int64(Date().timeIntervalSince1970)
        for subject in limits.all {
            guard let (since, currency) = subject.spendingToRestore(now: now) else { continue }
            do {
                let spent = try await usage.spent(subject, currency: currency, since: since)
                subject.restore(spent: spent, periodStart: since)
            } catch {
                logger.error(
                    "a budget does not know what was spent before",
                    metadata: ["of": .string("\(subject.kind.rawValue) \(subject.name)"), "error": .string("\(error)")])
            }
        }
    }

    /// Writes what is left.
    func close() {
        ledger?.close()
        answers?.close()
    }
}

/// The prices of the files that are used now.
final class PriceBoard: Sendable {
    private let prices: Mutex<PriceList>

    init(_ list: PriceList) { prices = Mutex(list) }

    var list: PriceList {
        get { prices.withLock { $0 } }
        set { prices.withLock { $0 = newValue } }
    }
}
