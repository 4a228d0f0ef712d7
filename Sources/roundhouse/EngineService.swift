internal import RoundhouseCore
internal import RoundhouseGateway
internal import RoundhouseWorkers

/// Answers the admin routes about single engines: load, unload, log.
struct EngineService {
    let workers: WorkerPool

    /// Lines of a log that are sent if nobody says how many, and at most.
    private static let usualLines = 100
    private static let mostLines = 1000

    /// What came of a load or an unload.
    struct Outcome: Codable {
        var model: String
        /// `ready`, `unloading` or `unloaded`.
        var state: String
        /// Requests that are served before it is unloaded.
        var requests: Int?
    }

    func answer(_ call: AdminCall, _ query: [(name: String, value: String)]) async throws -> AdminAnswer {
        guard let model = query.first(where: { $0.name == "model" })?.value, !model.isEmpty else {
            throw AdminProblem(status: 400, "The parameter `model` is missing.")
        }
        do {
            switch call {
            case .load:
                try await workers.load(model)
                return try answer(Outcome(model: model, state: "ready"))
            case .unload:
                let requests = try workers.unload(model)
                return try answer(
                    Outcome(
                        model: model, state: requests == 0 ? "unloaded" : "unloading",
                        requests: requests == 0 ? nil : requests))
            default:
                let count = try number("lines", query) ?? Self.usualLines
                return try answer(
                    workers.log(of: model, from: try number("after", query), count: min(count, Self.mostLines)))
            }
        } catch let error as LeaseError {
            throw Self.problem(error, model)
        }
    }

    private func answer(_ value: some Encodable) throws -> AdminAnswer {
        AdminAnswer(json: try Administration.json(value, isSnakeCase: false))
    }

    private func number(_ name: String, _ query: [(name: String, value: String)]) throws -> Int? {
        guard let text = query.first(where: { $0.name == name })?.value else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw AdminProblem(status: 400, "The parameter `\(name)` is no whole number: \(text).")
        }
        return number
    }

    /// Whoever may call admin routes may read what an engine printed.
    private static func problem(_ error: LeaseError, _ model: String) -> AdminProblem {
        if case .unavailable(let why) = error { return AdminProblem(status: 404, why) }
        let answer = GatewayError(error, model: model, showOutput: true).answer
        return AdminProblem(status: answer.status, answer.message)
    }
}
