internal import RoundhouseClient
internal import RoundhouseCore

/// Asks one attached server, not behind TLS, by the API that it has besides OpenAI's.
struct NativeClient: Sendable {
    let api: NativeAPI
    let endpoint: Endpoint
    let key: Secret?
    var timeout = Duration.seconds(5)

    /// What a server's answer was not.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The names of the models that are there.
    func names() async throws -> [String] {
        try understood(api.names(try await ask("GET", api.listPath).body), api.listPath)
    }

    /// The models that are loaded.
    func loaded() async throws -> [NativeAPI.Loaded] {
        try understood(api.loaded(try await ask("GET", api.loadedPath).body), api.loadedPath)
    }

    /// What a model can do; nil if it is not there.
    func details(of model: String) async throws -> NativeAPI.Details? {
        let answer = try await ask("POST", api.showPath, api.showBody(model: model), accepting: [200, 404])
        return answer.status == 404 ? nil : try understood(api.details(answer.body), api.showPath)
    }

    /// Tells how long a model stays.
    func keep(_ model: String, _ residence: Residence) async throws {
        _ = try await ask("POST", api.residencePath, api.residenceBody(model: model, residence))
    }

    private func ask(
        _ method: String, _ path: String, _ body: [UInt8] = [], accepting statuses: Set<Int> = [200]
    ) async throws -> (status: Int, body: [UInt8]) {
        var request = ClientRequest(method, api.path(path, besides: endpoint.basePath), body: body)
        if let key { request.headers.append(("authorization", "Bearer \(key.reveal())")) }
        let answer = try await HTTPClient.collect(request, at: endpoint.address, timeout: timeout)
        let status = answer.head.status
        guard statuses.contains(status) else {
            let secrets = key.map { [$0] } ?? []
            let said = answer.body.withUnsafeBytes { UpstreamErrorBody.parse($0, without: secrets).message }
            throw Failure(description: "\(path) answered \(status): \(said ?? "no explanation")")
        }
        return (status, answer.body)
    }

    private func understood<Value>(_ value: Value?, _ path: String) throws -> Value {
        guard let value else { throw Failure(description: "\(path) answered with something else than expected") }
        return value
    }
}
