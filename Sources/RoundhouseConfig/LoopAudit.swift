internal import RoundhouseCore

/// Finds endpoints that are this gateway itself: a request to one would come back until the loop guard ends it.
struct LoopAudit {
    let server: ServerSettings
    let problems: Problems

    func run(_ models: inout [Model]) {
        for index in models.indices {
            guard case .attached(let endpoints) = models[index].placement else { continue }
            for endpoint in endpoints where isOurs(endpoint) {
                let reason = "its endpoint \(endpoint.address.shown) is this gateway itself"
                problems.unavailable(
                    models[index].source,
                    "`\(models[index].name)` cannot work: \(reason) (server.port in config/roundhouse.yaml)",
                    fix: "name the address of the engine, or let one of them listen on another port")
                models[index].unavailable = models[index].unavailable ?? reason
            }
        }
    }

    private func isOurs(_ endpoint: Endpoint) -> Bool {
        guard case .tcp(let host, let port, _) = endpoint.address, port == server.port, port != 0 else { return false }
        if host.lowercased() == server.host.lowercased() { return true }
        let listensEverywhere = ["0.0.0.0", "::"].contains(server.host)
        return BindGuard.isLoopback(host) && (listensEverywhere || BindGuard.isLoopback(server.host))
    }
}
