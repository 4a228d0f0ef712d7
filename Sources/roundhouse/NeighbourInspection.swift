internal import FoundationEssentials
internal import RoundhouseClient
internal import RoundhouseConfig
internal import RoundhouseCore

/// Finds endpoints behind which another gateway listens: each in a chain adds its delay to every request, and its own limits. Asked
/// are only those of the house, not behind TLS, each for at most a second.
struct NeighbourInspection {
    /// What a gateway says of itself, at a path of its own.
    private static let signs: [(path: String, name: String, isIt: @Sendable (JSONValue?) -> Bool)] = [
        ("/version", "a Roundhouse", { $0?["name"]?.string == "roundhouse" }),
        // LiteLLM's proxy, https://docs.litellm.ai/docs/proxy/health
        ("/health/liveliness", "a LiteLLM proxy", { $0?.string == "I'm alive!" }),
        // llama-swap, https://github.com/mostlygeek/llama-swap
        (
            "/running", "a llama-swap",
            { value in value?["running"].map { if case .array = $0 { true } else { false } } ?? false }
        ),
    ]

    /// A warning for each model with such an endpoint.
    static func problems(_ models: [Model]) async -> [Problem] {
        await withTaskGroup(of: Problem?.self) { group in
            for model in models where model.unavailable == nil && !model.leavesTheHouse {
                guard case .attached(let endpoints) = model.placement else { continue }
                for endpoint in endpoints where !endpoint.isEncrypted {
                    group.addTask {
                        guard let name = await gateway(at: endpoint.address) else { return nil }
                        return Problem(
                            severity: .warning, location: model.source,
                            message:
                                "\(model.name): \(endpoint.address.shown) is \(name), which only passes requests on",
                            fix: "name the engine behind it: each gateway in a chain adds its delay and its own limits")
                    }
                }
            }
            var found: [Problem] = []
            for await problem in group { if let problem { found.append(problem) } }
            return found.sorted { $0.message < $1.message }
        }
    }

    private static func gateway(at address: UpstreamAddress) async -> String? {
        for sign in signs {
            do {
                let answer = try await HTTPClient.collect(
                    ClientRequest("GET", sign.path), at: address, timeout: .seconds(1), limit: 65_536)
                let value = answer.body.withUnsafeBytes { JSONValue($0) }
                if answer.head.status == 200, sign.isIt(value) { return sign.name }
            } catch {
                // Whoever does not answer is found by requests; here nothing is known of it.
                return nil
            }
        }
        return nil
    }
}
