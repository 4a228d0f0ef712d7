/// How a stream of chat completions ended, and what it took.
struct ChatEnding: Sendable {
    /// Why an answer ended.
    enum Reason: Sendable {
        /// The model was done, or calls a tool.
        case stop
        /// It may not be longer.
        case length
        /// What it says is withheld.
        case filter
    }

    private(set) var usage: TokenUsage?
    private(set) var failure: String?
    private(set) var reason: Reason?

    /// Whether the engine has said why the answer ended.
    var isKnown: Bool { reason != nil && failure == nil }

    /// Takes what a chunk says.
    mutating func note(_ chunk: ChatChunk, _ data: UnsafeRawBufferPointer) {
        if let error = chunk.error {
            fail(JSONValue(UnsafeRawBufferPointer(rebasing: data[error]))?.explanation ?? "no explanation")
            return
        }
        if let usage = chunk.usage { self.usage = usage }
        guard let finish = chunk.finishReason else { return }
        let word = UnsafeRawBufferPointer(rebasing: data[finish])
        if word.equals("abort") {
            fail("the engine was stopped in the middle of its answer")
        } else {
            reason = word.equals("length") ? .length : word.equals("content_filter") ? .filter : .stop
        }
    }

    /// What went wrong first counts.
    mutating func fail(_ why: String) {
        if failure == nil { failure = why }
    }
}
