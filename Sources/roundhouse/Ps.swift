internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseClient
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseWorkers

/// `roundhouse ps`
struct Ps: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the engines of the running gateway.")

    @OptionGroup var folders: FolderOptions
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let control = ControlSocket(folders)
        let body = try await control.get("/admin/workers")
        if json {
            print(String(decoding: body, as: UTF8.self))
            return
        }
        let engines = try JSONDecoder().decode([EngineStatus].self, from: Data(body))
        let endpoints = try JSONDecoder().decode(
            [GatewayMetrics.EndpointGauge].self, from: Data(try await control.get("/admin/endpoints")))
        guard !engines.isEmpty || !endpoints.isEmpty else {
            Terminal.say("The gateway runs, and launches no engines: all its models are attached, or there are none.")
            return
        }
        let memory = try JSONDecoder().decode(MemoryStatus.self, from: Data(try await control.get("/admin/memory")))
        let tables = [launched(engines), attached(engines), balanced(endpoints)].filter { $0.count > 1 }
        let workers = engines.compactMap { if case .launched(let worker) = $0 { worker } else { nil } }
        let parts = tables.map(Terminal.table) + PsMemory.lines(workers, memory)
        print(parts.joined(separator: "\n\n"))
    }

    private func launched(_ engines: [EngineStatus]) -> [[String]] {
        let header = [
            "MODEL", "BACKEND", "STATE", "PID", "SINCE", "MEMORY", "ACTIVE", "WAITING", "RESTARTS", "PROBLEM",
        ]
        return [header]
            + engines.compactMap { engine in
                guard case .launched(let worker) = engine else { return nil }
                return [
                    worker.model, worker.backend, worker.state, worker.pid.map { String($0) } ?? "-",
                    worker.seconds.map { "\($0)s" } ?? "-", worker.memoryBytes?.shownBytes ?? "-",
                    String(worker.active), String(worker.waiting), String(worker.restarts),
                    worker.state == "ready" ? "" : worker.problem ?? "",
                ]
            }
    }

    private func attached(_ engines: [EngineStatus]) -> [[String]] {
        let header = ["MODEL", "BACKEND", "STATE", "SERVER", "SIZE", "ON GPU", "UNTIL", "CONTEXT", "PROBLEM"]
        return [header]
            + engines.compactMap { engine in
                guard case .attached(let model) = engine else { return nil }
                return [
                    model.model, model.backend, model.state, model.server, model.size?.shownBytes ?? "-",
                    model.sizeOnGPU?.shownBytes ?? "-", model.until ?? "-",
                    model.contextLength.map { String($0) } ?? "-", model.problem ?? "",
                ]
            }
    }

    /// Endpoints among which requests have a choice.
    private func balanced(_ endpoints: [GatewayMetrics.EndpointGauge]) -> [[String]] {
        [["MODEL", "ENDPOINT", "STATE", "ACTIVE", "ASKED AGAIN IN"]]
            + endpoints.map { endpoint in
                [
                    endpoint.model, endpoint.endpoint, endpoint.state, String(endpoint.active),
                    endpoint.wait.map { "\($0)s" } ?? "-",
                ]
            }
    }
}

/// Talks to the gateway that works on the same data folder.
struct ControlSocket {
    private let path: String

    init(_ folders: FolderOptions) {
        let data = folders.loader().dataDirectory()
        path = RuntimeDirectory(data: data, environment: ProcessInfo.processInfo.environment).controlSocket
    }

    /// Whether a gateway answers.
    var isThere: Bool {
        get async {
            do {
                let answer = try await HTTPClient.collect(
                    ClientRequest("GET", "/healthz"), at: .unix(path: path), timeout: .seconds(5))
                return answer.head.status == 200
            } catch {
                // Nobody listens.
                return false
            }
        }
    }

    /// The body of a route's answer.
    func get(_ route: String) async throws -> [UInt8] { try await ask("GET", route) }

    /// The same with another method, and other statuses than 200 that are no refusal.
    func ask(
        _ method: String, _ route: String, body: [UInt8] = [], accepting statuses: Set<Int> = [200],
        limit: Duration = .seconds(60)
    ) async throws -> [UInt8] {
        let answer: (head: ClientResponseHead, body: [UInt8])
        do {
            answer = try await HTTPClient.collect(
                ClientRequest(method, route, body: body), at: .unix(path: path), timeout: limit)
        } catch {
            throw CommandFailure(
                "No gateway answers at \(path) (\(error)). Start one with `roundhouse serve`, or name its --data folder."
            )
        }
        guard statuses.contains(answer.head.status) else {
            let why =
                answer.body.withUnsafeBytes { UpstreamErrorBody.parse($0).message } ?? "status \(answer.head.status)"
            throw CommandFailure("The gateway refused: \(why)")
        }
        return answer.body
    }
}
