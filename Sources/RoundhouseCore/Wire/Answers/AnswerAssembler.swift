/// Puts a streamed answer together into the object that a client gets who did not ask for a stream. Everything that the chunks hold is
/// kept: several choices, tool calls, reasoning, log probabilities, and fields that nobody here knows.
public struct AnswerAssembler: AnswerTranslator {
    /// What the engine said that it has used.
    public private(set) var usage: TokenUsage?
    /// What went wrong, in the engine's words.
    public private(set) var failure: String?
    /// Events with content that came.
    public var dataEvents: Int { splitter.dataEvents }
    /// A stream.
    public let input = AnswerForm.events
    /// One object.
    public let output = AnswerForm.object

    private let model: String?
    private var splitter = EventSplitter()
    private var answer: [String: JSONValue] = [:]
    private var choices: [Int: JSONValue] = [:]

    /// At the beginning of an answer.
    /// - Parameter model: the name that the answer is to carry; nil keeps the engine's.
    public init(model: String?) {
        self.model = model
    }

    /// Every choice has said why it ended.
    public var isWhole: Bool {
        failure == nil && !choices.isEmpty && !splitter.isOverlong
            && choices.values.allSatisfy { $0["finish_reason"]?.string != nil }
    }

    /// Takes the next bytes of the engine's stream.
    public mutating func take(_ payload: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var splitter = self.splitter
        splitter.take(payload) { chunk($0) }
        self.splitter = splitter
    }

    /// The engine's stream has ended.
    public mutating func finish(into output: inout [UInt8]) {
        var splitter = self.splitter
        splitter.finish { chunk($0) }
        self.splitter = splitter
        guard isWhole else { return }
        var whole = answer
        if let model { whole["model"] = .string(model) }
        if whole["object"] == .string("chat.completion.chunk") { whole["object"] = .string("chat.completion") }
        whole["choices"] = .array(choices.sorted { $0.key < $1.key }.map { Self.closed($0.value) })
        output += JSONValue.object(whole).text
    }

    private mutating func chunk(_ data: UnsafeRawBufferPointer) {
        guard let event = JSONValue(data), case .object(let members) = event else { return }
        if let error = members["error"], !error.isNull {
            failure = error.explanation
            return
        }
        for (key, value) in members where key != "choices" {
            // Of what every chunk repeats the first counts, of usage the last.
            if key == "usage" {
                guard !value.isNull else { continue }
                usage = TokenUsage(json: value) ?? usage
                answer[key] = value
            } else if answer[key] == nil {
                answer[key] = value
            }
        }
        for choice in members["choices"]?.elements ?? [] {
            let index = choice["index"]?.int ?? 0
            choices[index] = Self.merged(choices[index] ?? .object(["index": .int(Int64(index))]), choice)
            if choice["finish_reason"]?.string == "abort" {
                failure = "the engine was stopped in the middle of its answer"
            }
        }
    }

    private static func merged(_ old: JSONValue, _ chunk: JSONValue) -> JSONValue {
        guard case .object(var choice) = old, case .object(let new) = chunk else { return old }
        for (key, value) in new where key != "index" {
            switch key {
            case "delta": choice["message"] = grown(choice["message"] ?? .object([:]), value)
            case "text", "logprobs": choice[key] = choice[key].map { grown($0, value) } ?? value
            default: if !value.isNull || choice[key] == nil { choice[key] = value }
            }
        }
        return .object(choice)
    }

    /// What OpenAI's deltas mean: texts are continued, arrays too, and elements with an `index` belong to the one that bears it.
    private static func grown(_ old: JSONValue, _ delta: JSONValue) -> JSONValue {
        switch (old, delta) {
        case (.string(let start), .string(let more)): return .string(start + more)
        case (_, .null): return old
        case (.object(var members), .object(let more)):
            for (key, value) in more {
                let isName = ["role", "id", "type", "index", "name"].contains(key)
                if let present = members[key], !present.isNull {
                    members[key] = isName ? present : grown(present, value)
                } else {
                    members[key] = key == "tool_calls" ? grown(.array([]), value) : value
                }
            }
            return .object(members)
        case (.array(var elements), .array(let more)):
            for element in more {
                let index = element["index"]
                if index != nil, let place = elements.firstIndex(where: { $0["index"] == index }) {
                    elements[place] = grown(elements[place], element)
                } else {
                    elements.append(element)
                }
            }
            return .array(elements)
        default: return delta
        }
    }

    /// A message as it stands in whole answers: with a role and a content, and tool calls without the index of their deltas.
    private static func closed(_ choice: JSONValue) -> JSONValue {
        guard var message = choice["message"], case .object = message else { return choice }
        if message["role"] == nil { message["role"] = .string("assistant") }
        if message["content"] == nil { message["content"] = .null }
        if case .array(let calls)? = message["tool_calls"] {
            message["tool_calls"] = .array(
                calls.map { call in
                    var call = call
                    call["index"] = nil
                    return call
                })
        }
        var choice = choice
        choice["message"] = message
        return choice
    }
}
