/// Makes a response of OpenAI's chunks: as a stream of events, or as one object.
///
/// Both are put together in the same way, as the last event of a stream holds the whole response. Usage comes behind the reason for the
/// end and belongs into that event, which waits for it or for the end of the engine's stream.
public struct ResponsesAnswer: AnswerTranslator {
    /// A stream.
    public let input = AnswerForm.events
    /// Events or an object, as the client asked.
    public var output: AnswerForm { streams ? .events : .object }
    /// What the engine said that it has used.
    public var usage: TokenUsage? { ending.usage }
    /// What went wrong, in the engine's words.
    public var failure: String? { ending.failure }
    /// Events with content that came.
    public var dataEvents: Int { splitter.dataEvents }
    /// The engine has said why the answer ended.
    public var isWhole: Bool { ending.isKnown && !splitter.isOverlong }
    /// The whole response, as JSON, once it has ended well or badly: what a client gets, or has got as the last event of a stream.
    public private(set) var response: [UInt8]?
    /// The same.
    public var whole: [UInt8]? { response }

    private let settings: [UInt8]
    private let streams: Bool
    private let tellsLogprobs: Bool
    private let now: Int64
    private var splitter = EventSplitter()
    private var events = ResponsesEvents()
    private var ending = ResponsesEnding()
    private var head: ResponsesHead?
    private var items: [ResponsesItem] = []

    /// At the beginning of an answer.
    /// - Parameters:
    ///   - settings: see `ResponsesSettings`.
    ///   - tellsLogprobs: whether the client gets log probabilities.
    ///   - now: nanoseconds since 1970.
    init(settings: [UInt8], streams: Bool, tellsLogprobs: Bool, now: Int64) {
        self.settings = settings
        self.streams = streams
        self.tellsLogprobs = tellsLogprobs
        self.now = now
    }

    /// Takes the next bytes of the engine's stream.
    public mutating func take(_ payload: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var splitter = EventSplitter()
        // Taken out, not copied: a copy would share what is pending and copy it with the next byte.
        swap(&splitter, &self.splitter)
        splitter.take(payload) { chunk($0, into: &output) }
        swap(&splitter, &self.splitter)
    }

    /// The engine's stream has ended.
    public mutating func finish(into output: inout [UInt8]) {
        var splitter = EventSplitter()
        swap(&splitter, &self.splitter)
        splitter.finish { chunk($0, into: &output) }
        swap(&splitter, &self.splitter)
        if isWhole { end(into: &output) }
    }

    /// An error as the last thing in a stream, with the number that follows.
    public func lastWords(_ error: ErrorAnswer) -> [UInt8]? { events.error(error) }

    private mutating func chunk(_ data: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        guard response == nil, let chunk = ChatChunk(data) else { return }
        if head == nil { begin(chunk, data, into: &output) }
        ending.note(chunk, data)
        if ending.failure == nil { write(chunk, data, into: &output) }
        if ending.failure != nil || ending.isKnown && chunk.usage != nil { end(into: &output) }
    }

    private mutating func begin(
        _ chunk: ChatChunk, _ data: UnsafeRawBufferPointer, into output: inout [UInt8]
    ) {
        let head = ResponsesHead(chunk, data, settings: settings, now: now)
        self.head = head
        guard streams else { return }
        let response = head.response(ResponsesEnding(), [])
        events.response("response.created", response, into: &output)
        events.response("response.in_progress", response, into: &output)
    }

    private mutating func write(_ chunk: ChatChunk, _ data: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        if let text = chunk.reasoning, !text.isEmpty {
            add(.reasoning, to: .reasoning, UnsafeRawBufferPointer(rebasing: data[text]), into: &output)
        }
        if let text = chunk.content, !text.isEmpty {
            let logprobs = tellsLogprobs ? chunk.logprobs.map { ResponsesPart.logprobs($0, data) } : nil
            add(.text, to: .message, UnsafeRawBufferPointer(rebasing: data[text]), logprobs ?? [], into: &output)
        }
        if let text = chunk.refusal, !text.isEmpty {
            add(.refusal, to: .message, UnsafeRawBufferPointer(rebasing: data[text]), into: &output)
        }
        for part in chunk.toolCalls { write(part, data, into: &output) }
    }

    /// Calls stay open side by side, as an engine may go on with any of them, until something else follows.
    private mutating func write(
        _ part: ChatChunk.ToolCall, _ data: UnsafeRawBufferPointer, into output: inout [UInt8]
    ) {
        var place = items.lastIndex { $0.status == .inProgress && $0.goesOn(with: part, data) }
        if place == nil {
            let answer = head?.bareID ?? []
            if let call = ResponsesItem(part, data, answer: answer, place: items.count) {
                if items.last?.kind != .call { endItems(.completed, into: &output) }
                place = items.count
                begin(call, .arguments, into: &output)
            } else if part.arguments?.isEmpty == false {
                ending.fail("the engine sent arguments of a tool call that had no name, or had ended")
            }
        }
        guard let place, let arguments = part.arguments, !arguments.isEmpty else { return }
        grow(place, 0, UnsafeRawBufferPointer(rebasing: data[arguments]), [], into: &output)
    }

    /// Goes on with the message or the thoughts that are open, or begins some.
    private mutating func add(
        _ part: ResponsesPart.Kind, to kind: ResponsesItem.Kind, _ text: UnsafeRawBufferPointer,
        _ logprobs: [UInt8] = [], into output: inout [UInt8]
    ) {
        let last = items.count - 1
        if last < 0 || items[last].kind != kind {
            endItems(.completed, into: &output)
            begin(ResponsesItem(kind, answer: head?.bareID ?? [], place: last + 1), part, into: &output)
        } else if let open = items[last].parts.last, open.kind != part {
            if streams { events.done(open, into: &output) }
            begin(part, of: last, into: &output)
        }
        grow(items.count - 1, items[items.count - 1].parts.count - 1, text, logprobs, into: &output)
    }

    private mutating func begin(
        _ item: ResponsesItem, _ part: ResponsesPart.Kind, into output: inout [UInt8]
    ) {
        items.append(item)
        if streams { events.added(item, into: &output) }
        begin(part, of: items.count - 1, into: &output)
    }

    private mutating func begin(_ part: ResponsesPart.Kind, of place: Int, into output: inout [UInt8]) {
        items[place].begin(part)
        if streams, let begun = items[place].parts.last { events.added(begun, into: &output) }
    }

    private mutating func grow(
        _ item: Int, _ part: Int, _ text: UnsafeRawBufferPointer, _ logprobs: [UInt8], into output: inout [UInt8]
    ) {
        if streams { events.delta(items[item].parts[part], text, logprobs: logprobs, into: &output) }
        items[item].parts[part].add(text)
        if !logprobs.isEmpty { items[item].parts[part].add(logprobs: logprobs) }
    }

    /// Ends the items that are open.
    private mutating func endItems(_ status: ResponsesItem.Status, into output: inout [UInt8]) {
        for place in items.indices where items[place].status == .inProgress {
            // A call without arguments has an empty object of them, which clients read as JSON.
            if items[place].kind == .call, items[place].parts.allSatisfy(\.content.isEmpty), status == .completed {
                Array("{}".utf8).withUnsafeBytes { grow(place, 0, $0, [], into: &output) }
            }
            items[place].status = status
            guard streams else { continue }
            if let part = items[place].parts.last { events.done(part, into: &output) }
            events.done(items[place], into: &output)
        }
    }

    private mutating func end(into output: inout [UInt8]) {
        guard response == nil, let head else { return }
        if ending.failure == nil {
            endItems(ending.isIncomplete ? .incomplete : .completed, into: &output)
        } else {
            for place in items.indices where items[place].status == .inProgress { items[place].status = .incomplete }
        }
        let response = head.response(ending, items)
        self.response = response
        if streams {
            events.response(ending.event, response, into: &output)
        } else if ending.failure == nil {
            output += response
        }
    }
}
