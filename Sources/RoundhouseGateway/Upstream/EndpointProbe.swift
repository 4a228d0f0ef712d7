internal import NIOCore
internal import RoundhouseClient
internal import RoundhouseCore

/// Asks endpoints that requests are kept from whether they are well again, so that nobody has to be the one who finds out that they
/// are not. One task beside the loops; endpoints behind TLS are left to the trials of requests.
struct EndpointProbe: Sendable {
    /// The files and the endpoints of the moment; nil when the gateway is gone.
    let snapshot: @Sendable () -> Snapshot?
    var interval = Duration.seconds(2)

    private static let timeout = Duration.seconds(2)

    /// Runs until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: interval) } catch { return }
            guard let snapshot = snapshot() else { return }
            await look(snapshot)
        }
    }

    private func look(_ snapshot: Snapshot) async {
        for (index, set) in snapshot.endpointSets.enumerated() {
            guard let set, !(snapshot.configuration.isOffline && snapshot.leavesTheBox[index]) else { continue }
            for number in set.unwell where await isWell(set.endpoints[number], snapshot.router.models[index]) {
                set.judge(number) { $0.probed(now: NIODeadline.now().nanoseconds) }
            }
        }
    }

    /// Whether it answers at all, and does not say that it cannot.
    private func isWell(_ endpoint: Endpoint, _ model: Model) async -> Bool {
        guard !endpoint.isEncrypted else { return false }
        var request = ClientRequest("GET", endpoint.basePath + "/models", headers: [("user-agent", "roundhouse")])
        if let key = model.apiKey { request.headers.append(("authorization", "Bearer \(key.reveal())")) }
        do {
            let answer = try await HTTPClient.collect(request, at: endpoint.address, timeout: Self.timeout)
            return answer.head.status < 500 && answer.head.status != 429
        } catch {
            // That it is not well is known already.
            return false
        }
    }
}
