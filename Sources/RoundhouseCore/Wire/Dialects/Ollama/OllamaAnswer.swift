/// Makes an answer of `/api/chat` or `/api/generate` out of a stream of OpenAI's: a line for every piece, or one object at the end.
struct OllamaAnswer: AnswerTranslator {
    /// Where the text of an answer stands.
    enum Shape: Sendable {
        /// In `message`.
        case chat
        /// In `response`.
        case generate
    }

    private(set) var usage: TokenUsage?
    private(set) var failure: String?
    var dataEvents: Int { splitter.dataEvents }
    let input = AnswerForm.events
    let output: AnswerForm

    private let clock: @Sendable () -> Int64
    private var splitter = EventSplitter()
    private var line: OllamaLine
    private var times: OllamaTimes
    private var calls = OllamaToolCalls()
    private var doneReason: [UInt8]?
    /// What has not been sent: all of it, if the client wants no stream.
    private var pending = OllamaPiece()

    /// - Parameters:
    ///   - model: the name that the answer carries.
    ///   - streams: whether the client wants lines.
    init(_ shape: Shape, model: String, streams: Bool, clock: @escaping @Sendable () -> Int64) {
        output = streams ? .lines : .object
        self.clock = clock
        line = OllamaLine(shape, model: model)
        times = OllamaTimes(started: clock())
    }

    /// The engine has said why its answer ended.
    var isWhole: Bool { doneReason != nil && failure == nil && !splitter.isOverlong }

    mutating func take(_ payload: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        // Taken out, not copied: what is pending in it would be copied with it.
        var splitter = EventSplitter()
        swap(&splitter, &self.splitter)
        splitter.take(payload) { event($0, into: &output) }
        self.splitter = splitter
    }

    mutating func finish(into output: inout [UInt8]) {
        var splitter = EventSplitter()
        swap(&splitter, &self.splitter)
        splitter.finish { event($0, into: &output) }
        self.splitter = splitter
        guard isWhole, let doneReason else { return }
        let now = clock()
        line.begin(pending, at: now, to: &output)
        output += #","done":true,"done_reason":""#.utf8
        output += doneReason
        output.append(UInt8(ascii: "\""))
        times.append(ended: now, usage: usage, to: &output)
        output.append(UInt8(ascii: "}"))
        if self.output == .lines { output.append(0x0a) }
    }

    private mutating func event(_ data: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        guard failure == nil, let chunk = ChatChunk(data) else { return }
        let now = clock()
        if let error = chunk.error {
            let why = JSONValue(UnsafeRawBufferPointer(rebasing: data[error]))?.explanation ?? "no explanation"
            fail(why, into: &output)
            return
        }
        if let found = chunk.usage {
            usage = found
            times.readTimings(data)
        }
        let saysSomething = pending.add(chunk, of: data)
        for call in chunk.toolCalls { calls.add(call, of: data) }
        if saysSomething || !chunk.toolCalls.isEmpty { times.note(now) }
        if let reason = chunk.finishReason { end(UnsafeRawBufferPointer(rebasing: data[reason]), into: &output) }
        if self.output == .lines, failure == nil, !pending.isEmpty {
            line.begin(pending, at: now, to: &output)
            output += #","done":false}"#.utf8
            output.append(0x0a)
            pending.clear()
        }
    }

    /// A stream that fails ends with a line that says so.
    private mutating func fail(_ why: String, into output: inout [UInt8]) {
        failure = why
        guard self.output == .lines else { return }
        var line = JSONObjectWriter()
        line.add("error", why)
        output += line.text
        output.append(0x0a)
    }

    private mutating func end(_ reason: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        if reason.equals("abort") {
            fail("the engine was stopped in the middle of its answer", into: &output)
            return
        }
        doneReason = reason.equals("tool_calls") || reason.equals("function_call") ? Array("stop".utf8) : Array(reason)
        do {
            pending.calls += try calls.finished(isCut: reason.equals("length"))
        } catch {
            fail(error.message, into: &output)
        }
    }
}
