internal import FoundationEssentials
internal import RoundhouseCore
internal import RoundhouseGateway
internal import RoundhouseStore
internal import RoundhouseWorkers
internal import Synchronization

/// Answers the admin routes that need files or the ledger.
final class Administration: AdminService {
    private let reloader = Mutex<Reloader?>(nil)
    private let workers = Mutex<WorkerPool?>(nil)
    private let usage: UsageService?

    /// - Parameter usage: answers from the ledger; nil if there is none.
    init(usage: UsageService?) {
        self.usage = usage
    }

    /// There is a gateway now whose files can be read again.
    func begin(with reloader: Reloader, workers: WorkerPool) {
        self.reloader.withLock { $0 = reloader }
        self.workers.withLock { $0 = workers }
    }

    func answer(_ call: AdminCall, query: [(name: String, value: String)]) async -> AdminAnswer {
        do {
            switch call {
            case .usage: return AdminAnswer(json: try await ledger().usage(UsageRequest(query)))
            case .audit: return AdminAnswer(json: try Self.json(try ledger().audit()))
            case .memory: return AdminAnswer(json: try Self.json(try pool().memory, isSnakeCase: false))
            case .load, .unload, .logs: return try await EngineService(workers: try pool()).answer(call, query)
            case .configuration, .reload:
                guard let reloader = reloader.withLock({ $0 }) else { throw AdminProblem.starting }
                let report = call == .reload ? await reloader.reload("asked to") : await reloader.report
                return AdminAnswer(status: report.ok || call == .configuration ? 200 : 422, json: try Self.json(report))
            }
        } catch let problem as AdminProblem {
            return Self.error(problem.status, problem.message)
        } catch {
            return Self.error(500, "\(error)")
        }
    }

    private func pool() throws -> WorkerPool {
        guard let workers = workers.withLock({ $0 }) else { throw AdminProblem.starting }
        return workers
    }

    private func ledger() throws -> UsageService {
        guard let usage else { throw AdminProblem(status: 404, "The ledger is switched off (ledger: off).") }
        return usage
    }

    static func json(_ value: some Encodable, isSnakeCase: Bool = true) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        if isSnakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
        return Array(try encoder.encode(value))
    }

    private static func error(_ status: Int, _ message: String) -> AdminAnswer {
        AdminAnswer(status: status, json: ErrorBody.json(adminStatus: status, message: message))
    }
}

/// An admin call that cannot be answered, and why.
struct AdminProblem: Error {
    var status: Int
    var message: String

    static let starting = AdminProblem(status: 503, "The gateway is starting.")

    init(status: Int, _ message: String) {
        self.status = status
        self.message = message
    }
}
