internal import FoundationEssentials
internal import RoundhouseClient
internal import RoundhouseCore

/// One line of a conversation, as the OpenAI API has it.
struct ChatMessage: Codable {
    var role: String
    var content: String
}

/// Something that went wrong, told as a sentence.
struct ChatFailure: Error, CustomStringConvertible {
    var description: String
}

/// A gateway and how to speak to it.
struct ChatServer {
    let address: UpstreamAddress
    let basePath: String
    let url: String
    let key: String?

    /// - Throws: `ChatFailure` if the text is not a URL that can be spoken to.
    init(url text: String, key: String?) throws {
        guard let url = URL(string: text), let host = url.host, !host.isEmpty, url.scheme == "http" else {
            throw ChatFailure(
                description: "\(text) is not an address that chat can use; give one like http://127.0.0.1:8080.")
        }
        address = .tcp(host: host, port: url.port ?? 80, tls: false)
        var path = url.path
        while path.hasSuffix("/") { path.removeLast() }
        basePath = path.hasSuffix("/v1") ? path : path + "/v1"
        self.url = text
        self.key = key
    }

    func request(_ method: String, _ path: String, body: [UInt8] = []) -> ClientRequest {
        let headers = key.map { [(name: "authorization", value: "Bearer \($0)")] } ?? []
        return ClientRequest(method, basePath + path, headers: headers, body: body)
    }

    /// The model that is meant when none is named: what `default` stands for, else the only one.
    func defaultModel() async throws -> String {
        struct Listed: Decodable { var data: [Entry] }
        struct Entry: Decodable { var id: String }
        let named = try await reached {
            try await HTTPClient.collect(request("GET", "/models/default"), at: address, timeout: .seconds(10))
        }
        if named.head.status == 200 { return "default" }
        let (head, body) = try await reached {
            try await HTTPClient.collect(request("GET", "/models"), at: address, timeout: .seconds(10))
        }
        guard head.status == 200 else { throw ChatServer.failure(head.status, body) }
        let names = try JSONDecoder().decode(Listed.self, from: Data(body)).data.map(\.id)
        if names.count == 1 { return names[0] }
        throw ChatFailure(
            description: names.isEmpty
                ? "The gateway has no models yet. Put a .gguf and a .yaml into its models folder."
                : "Say which model: \(names.joined(separator: ", ")).")
    }

    /// Runs a request; what the network says becomes a sentence.
    func reached<Answer>(_ work: () async throws -> Answer) async throws -> Answer {
        do {
            return try await work()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ChatFailure(description: "Cannot reach \(url) (\(error)). Is `roundhouse serve` running there?")
        }
    }

    /// What the gateway said went wrong.
    static func failure(_ status: Int, _ body: [UInt8]) -> ChatFailure {
        struct Answer: Decodable { var error: Details }
        struct Details: Decodable { var message: String }
        do {
            return ChatFailure(description: try JSONDecoder().decode(Answer.self, from: Data(body)).error.message)
        } catch {
            return ChatFailure(description: "The server answered with status \(status) and no explanation.")
        }
    }
}

/// What was said so far, and how to go on.
struct ChatConversation {
    let server: ChatServer
    var model: String
    private(set) var messages: [ChatMessage] = []

    init(server: ChatServer, model: String) {
        self.server = server
        self.model = model
    }

    mutating func reset() { messages = [] }

    /// Asks, and gives the answer piece by piece. If the task is cancelled, what was said until then counts as the answer; a
    /// question that failed is forgotten, so that the next one can do better.
    mutating func ask(_ question: String, say: (String) -> Void) async throws {
        let asked = messages + [ChatMessage(role: "user", content: question)]
        let answer = try await answer(to: asked, say: say)
        messages = asked + [ChatMessage(role: "assistant", content: answer)]
    }

    private func answer(to messages: [ChatMessage], say: (String) -> Void) async throws -> String {
        struct Request: Encodable {
            var model: String
            var messages: [ChatMessage]
            var stream = true
        }
        let body = [UInt8](try JSONEncoder().encode(Request(model: model, messages: messages)))
        var answer = ""
        do {
            let (head, stream) = try await server.reached {
                try await HTTPClient.stream(server.request("POST", "/chat/completions", body: body), at: server.address)
            }
            guard head.status == 200 else {
                var text: [UInt8] = []
                for try await piece in stream { text += piece }
                throw ChatServer.failure(head.status, text)
            }
            var reader = EventReader()
            for try await piece in stream {
                for event in try reader.read(piece) {
                    if event.data == "[DONE]" { return answer }
                    let text = try ChatConversation.text(of: event)
                    answer += text
                    say(text)
                }
            }
        } catch  where Task.isCancelled {
            return answer
        }
        if Task.isCancelled { return answer }
        throw ChatFailure(description: "The answer was cut off: its end never came.")
    }

    private static func text(of event: ServerEvent) throws -> String {
        struct Chunk: Decodable {
            struct Choice: Decodable { var delta: Delta }
            struct Delta: Decodable { var content: String? }
            struct Details: Decodable { var message: String }
            var choices: [Choice]?
            var error: Details?
        }
        let chunk = try JSONDecoder().decode(Chunk.self, from: Data(event.data.utf8))
        if let error = chunk.error { throw ChatFailure(description: error.message) }
        return chunk.choices?.first?.delta.content ?? ""
    }
}
