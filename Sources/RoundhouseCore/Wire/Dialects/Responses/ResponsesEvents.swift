/// Writes the events of a streamed response (https://platform.openai.com/docs/api-reference/responses-streaming), numbered from 0.
struct ResponsesEvents: Sendable {
    /// How many have been written.
    private(set) var count = 0

    /// An event about the whole response.
    /// - Parameter response: the object.
    mutating func response(_ type: StaticString, _ response: [UInt8], into output: inout [UInt8]) {
        begin(type, into: &output)
        output.append(constant: #","response":"#)
        output += response
        output.append(constant: "}\n\n")
    }

    /// An item begins.
    mutating func added(_ item: ResponsesItem, into output: inout [UInt8]) {
        self.item("response.output_item.added", item, into: &output)
    }

    /// An item has ended.
    mutating func done(_ item: ResponsesItem, into output: inout [UInt8]) {
        self.item("response.output_item.done", item, into: &output)
    }

    private mutating func item(_ type: StaticString, _ item: ResponsesItem, into output: inout [UInt8]) {
        begin(type, into: &output)
        output.append(constant: #","output_index":"#)
        output.append(number: item.place)
        output.append(constant: #","item":"#)
        item.append(to: &output)
        output.append(constant: "}\n\n")
    }

    /// A part begins, while it is still empty. Arguments are no part of their own to clients.
    mutating func added(_ part: ResponsesPart, into output: inout [UInt8]) {
        if part.kind != .arguments { self.part("response.content_part.added", part, into: &output) }
    }

    /// A part has ended.
    mutating func done(_ part: ResponsesPart, into output: inout [UInt8]) {
        switch part.kind {
        case .text: begin("response.output_text.done", into: &output)
        case .refusal: begin("response.refusal.done", into: &output)
        case .reasoning: begin("response.reasoning_text.done", into: &output)
        case .arguments: begin("response.function_call_arguments.done", into: &output)
        }
        output += part.location
        switch part.kind {
        case .text, .reasoning: output.append(constant: #","text":"#)
        case .refusal: output.append(constant: #","refusal":"#)
        case .arguments: output.append(constant: #","arguments":"#)
        }
        output.append(quoted: part.content)
        if part.kind == .text { append(logprobs: part.logprobs, to: &output) }
        output.append(constant: "}\n\n")
        if part.kind != .arguments { self.part("response.content_part.done", part, into: &output) }
    }

    private mutating func part(_ type: StaticString, _ part: ResponsesPart, into output: inout [UInt8]) {
        begin(type, into: &output)
        output += part.location
        output.append(constant: #","part":"#)
        part.append(to: &output)
        output.append(constant: "}\n\n")
    }

    /// A part goes on.
    mutating func delta(
        _ part: ResponsesPart, _ content: UnsafeRawBufferPointer, logprobs: [UInt8], into output: inout [UInt8]
    ) {
        // Nearly every event is one of these, so that they are made of few pieces.
        switch part.kind {
        case .text:
            output.append(
                constant:
                    "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":"
            )
            number(into: &output)
        case .refusal: begin("response.refusal.delta", into: &output)
        case .reasoning:
            output.append(
                constant:
                    "event: response.reasoning_text.delta\ndata: {\"type\":\"response.reasoning_text.delta\",\"sequence_number\":"
            )
            number(into: &output)
        case .arguments: begin("response.function_call_arguments.delta", into: &output)
        }
        output.append(contentsOf: part.deltaLocation)
        output.append(contentsOf: content)
        guard part.kind == .text else { return output.append(constant: "\"}\n\n") }
        if logprobs.isEmpty { return output.append(constant: "\",\"logprobs\":[]}\n\n") }
        output.append(UInt8(ascii: "\""))
        append(logprobs: logprobs, to: &output)
        output.append(constant: "}\n\n")
    }

    private mutating func number(into output: inout [UInt8]) {
        output.append(number: count)
        count += 1
    }

    private func append(logprobs: [UInt8], to output: inout [UInt8]) {
        output.append(constant: #","logprobs":["#)
        output.append(contentsOf: logprobs)
        output.append(UInt8(ascii: "]"))
    }

    /// An error that ends the stream. It says everything twice: as the reference has it (`ResponseErrorEvent`), and in an object under
    /// `error`, as OpenAI sends it and as its clients need it to raise an exception.
    func error(_ error: ErrorAnswer) -> [UInt8] {
        var events = self
        var output: [UInt8] = []
        events.begin("error", into: &output)
        output.append(constant: #","code":"#)
        output += error.code.map(JSONText.quoted) ?? Array("null".utf8)
        output.append(constant: #","message":"#)
        output += JSONText.quoted(error.message)
        output.append(constant: #","param":"#)
        output += error.parameter.map(JSONText.quoted) ?? Array("null".utf8)
        // `{"error":{…}}` without its first brace.
        output.append(UInt8(ascii: ","))
        output += ErrorBody.json(error).dropFirst()
        output.append(constant: "\n\n")
        return output
    }

    private mutating func begin(_ type: StaticString, into output: inout [UInt8]) {
        output.append(constant: "event: ")
        output.append(constant: type)
        output.append(constant: "\ndata: {\"type\":\"")
        output.append(constant: type)
        output.append(constant: #"","sequence_number":"#)
        number(into: &output)
    }
}
