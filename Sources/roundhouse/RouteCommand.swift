internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseCore

/// `roundhouse route`
struct RouteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Show where requests go.", subcommands: [RouteExplain.self])
}

/// `roundhouse route explain`
struct RouteExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show where a request would go, rule by rule and model by model, and why; nothing is sent.",
        discussion:
            "Asks the running gateway, which knows what is loaded and what has failed; without one, the files decide alone."
    )

    @OptionGroup var folders: FolderOptions
    @Option(help: "The name that the client sends (default: that in the file).")
    var model: String?
    @Option(help: "The feature that the client names.")
    var feature: String?
    @Option(help: "Id of the key that the request comes with.")
    var key: String?
    @Option(help: "Team of the key.")
    var team: String?
    @Option(help: "Path of the API.")
    var path = "/v1/chat/completions"
    @Option(help: ArgumentHelp("A header of the request, as name:value; may be repeated.", valueName: "name:value"))
    var header: [String] = []
    @Option(help: ArgumentHelp("The request's body as JSON; - is standard input.", valueName: "request.json"))
    var file: String?
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if model == nil, file == nil { throw ValidationError("Name a --model, a --file with a request, or both.") }
    }

    func run() async throws {
        let body = try file.map(Self.read) ?? Data(#"{"messages":[]}"#.utf8)
        let explanation = try await explain(Array(body))
        if json {
            print(String(decoding: try Administration.json(explanation), as: UTF8.self))
        } else {
            show(explanation)
        }
        if explanation.error != nil { throw ExitCode(1) }
    }

    private func explain(_ body: [UInt8]) async throws -> RouteExplanation {
        let control = ControlSocket(folders)
        guard await control.isThere else {
            Terminal.say(
                "No gateway is running: this is what the files say, while nothing is loaded and nothing has failed.")
            return try OfflineRoute(folders).explain(question, body: body)
        }
        let query = question.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
        let answer = try await control.ask("POST", "/admin/route?\(query)", body: body)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(RouteExplanation.self, from: Data(answer))
    }

    private var question: [(name: String, value: String)] {
        [("model", model), ("feature", feature), ("key", key), ("team", team), ("path", path)].compactMap {
            name, value in
            value.map { (name, $0) }
        } + header.map { ("header", $0) }
    }

    private static func read(_ file: String) throws -> Data {
        if file == "-" {
            var text = ""
            while let line = readLine(strippingNewline: false) { text += line }
            return Data(text.utf8)
        }
        do {
            return try Data(contentsOf: URL(filePath: file))
        } catch {
            throw CommandFailure("The file \(file) cannot be read.")
        }
    }

    /// Percent-encoded (RFC 3986, section 2.1).
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || (byte >= 0x30 && byte <= 0x39)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }

    private func show(_ explanation: RouteExplanation) {
        let needs = explanation.needs.isEmpty ? "" : ", needs \(explanation.needs.joined(separator: ", "))"
        print("\(explanation.requested): about \(explanation.inputTokens) input tokens\(needs)")
        for step in explanation.steps { print("  \(step)") }
        if let error = explanation.error { print("refused: \(error)") }
        for (number, candidate) in explanation.candidates.enumerated() {
            let outside = candidate.escalates ? ", leaves the house" : ""
            print("\(number + 1). \(candidate.model) (\(candidate.backend)\(outside)): \(candidate.reason)")
        }
    }
}
