internal import RoundhouseClient
internal import RoundhouseCore

/// Waits until an engine answers, and warms it up.
struct ReadinessProbe: Sendable {
    let model: Model
    let address: UpstreamAddress
    let interval: Duration

    /// An engine that accepts a probe and then does not answer is asked again after this time.
    private static let probeTimeout = Duration.seconds(5)

    /// Asks until the answer is 200; anything else means not yet. What the engine does wrong shows in its exit or in the
    /// load timeout, which are watched elsewhere.
    /// - Returns: false if the start was given up in between.
    /// - Throws: what went wrong in the warm-up of an engine that had said that it was ready.
    func waitUntilReady(while isWanted: @Sendable () -> Bool) async throws -> Bool {
        while isWanted() {
            if await isReady() {
                if model.warmUp { try await warmUp() }
                return true
            }
            try await Task.sleep(for: interval)
        }
        return false
    }

    private func isReady() async -> Bool {
        await status(within: Self.probeTimeout) == 200
    }

    /// Whether the engine says anything at all within `limit`, be it that it is not well.
    func isAnswered(within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while case let left = deadline - .now, left > .zero {
            // A full backlog refuses at once, and says nothing about the engine's health.
            if await status(within: left) != nil { return true }
            do { try await Task.sleep(for: interval) } catch { return false }
        }
        return false
    }

    private func status(within limit: Duration) async -> Int? {
        do {
            let request = ClientRequest("GET", model.readinessPath)
            return try await HTTPClient.collect(request, at: address, timeout: limit).head.status
        } catch {
            // Why there is no answer makes no difference: the engine is asked again, or its exit tells.
            return nil
        }
    }

    /// One token, so that the first client does not pay for what engines do on their first request.
    private func warmUp() async throws {
        let name = String(decoding: JSONText.quoted(model.upstreamName), as: UTF8.self)
        let (path, rest): (String, String)
        if model.capabilities.contains(.chat) {
            (path, rest) = ("/v1/chat/completions", #""messages":[{"role":"user","content":"Hi"}],"max_tokens":1"#)
        } else if model.capabilities.contains(.completion) {
            (path, rest) = ("/v1/completions", #""prompt":"Hi","max_tokens":1"#)
        } else if model.capabilities.contains(.embeddings) {
            (path, rest) = ("/v1/embeddings", #""input":"Hi""#)
        } else {
            return
        }
        let request = ClientRequest("POST", path, body: Array("{\"model\":\(name),\(rest)}".utf8))
        let answer = try await HTTPClient.collect(request, at: address, timeout: model.timeouts.firstByte)
        guard answer.head.status == 200 else { throw WarmUpFailure(status: answer.head.status, body: answer.body) }
    }
}

/// An engine that is ready, and cannot answer the simplest request.
private struct WarmUpFailure: Error, CustomStringConvertible {
    var status: Int
    var body: [UInt8]

    var description: String {
        "status \(status): " + (body.withUnsafeBytes { UpstreamErrorBody.parse($0).message } ?? "no explanation")
    }
}
