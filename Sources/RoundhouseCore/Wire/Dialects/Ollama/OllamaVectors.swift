/// Makes Ollama's answer out of OpenAI's list of embeddings. The numbers stay as the engine wrote them.
struct OllamaVectors: AnswerTranslator {
    /// How many vectors the answer holds.
    enum Shape: Sendable {
        /// `embeddings`, with times and tokens.
        case all
        /// `embedding`, and nothing else.
        case first
    }

    private(set) var usage: TokenUsage?
    private(set) var failure: String?
    private(set) var dataEvents = 0
    private(set) var isWhole = false
    let input = AnswerForm.object
    let output = AnswerForm.object

    private let shape: Shape
    private let model: String
    private let clock: @Sendable () -> Int64
    private let started: Int64
    private var body: [UInt8] = []
    /// The largest answer that is read, in bytes.
    private static let limit = 1 << 28

    init(_ shape: Shape, model: String, clock: @escaping @Sendable () -> Int64) {
        self.shape = shape
        self.model = model
        self.clock = clock
        started = clock()
    }

    mutating func take(_ payload: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        guard failure == nil else { return }
        guard body.count + payload.count <= Self.limit else {
            failure = "the engine's answer is larger than \(Self.limit) bytes"
            body = []
            return
        }
        body.append(contentsOf: payload)
    }

    mutating func finish(into output: inout [UInt8]) {
        guard failure == nil else { return }
        let whole = body
        body = []
        whole.withUnsafeBytes { read($0, into: &output) }
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        // A body that breaks off is no whole one, which is all that there is to say.
        guard let object = JSONScan.object(in: bytes) else { return }
        let fields = JSONFields(object, JSONScan(bytes), path: "")
        if let error = fields["error"] {
            failure = JSONValue(fields.raw(error))?.explanation ?? "no explanation"
            return
        }
        if let found = fields["usage"] { usage = TokenUsage(object: fields.raw(found)) }
        guard let vectors = Self.vectors(fields) else {
            failure = "the engine's answer holds no list of numbers for each text"
            return
        }
        dataEvents = 1
        isWhole = true
        write(vectors, into: &output)
    }

    /// The vectors in the order of the texts.
    private static func vectors(_ fields: JSONFields) -> [[UInt8]]? {
        guard let data = fields["data"], data.kind == .array else { return nil }
        var vectors: [(index: Int, text: [UInt8])] = []
        for (place, element) in fields.scan.elements(of: data.value).enumerated() {
            guard element.kind == .object else { return nil }
            let entry = JSONFields(element.value, fields.scan, path: "")
            guard let vector = entry["embedding"], vector.kind == .array,
                fields.scan.elements(of: vector.value).allSatisfy({ $0.kind == .number })
            else { return nil }
            let index = entry["index"].flatMap { Int(decimal: entry.raw($0)) } ?? place
            vectors.append((index, Array(entry.raw(vector))))
        }
        guard !vectors.isEmpty else { return nil }
        return vectors.sorted { $0.index < $1.index }.map(\.text)
    }

    private func write(_ vectors: [[UInt8]], into output: inout [UInt8]) {
        var answer = JSONObjectWriter()
        switch shape {
        case .first: answer.add("embedding", raw: vectors[0])
        case .all:
            answer.add("model", model)
            answer.add("embeddings", elements: vectors)
            answer.add("total_duration", Int(max(0, clock() - started)))
            answer.add("load_duration", 0)
            if let usage { answer.add("prompt_eval_count", usage.inputTokens) }
        }
        output += answer.text
    }
}
