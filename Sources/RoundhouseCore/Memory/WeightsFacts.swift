/// What is known of weights before they are loaded, as far as it says how much memory they will take.
public struct WeightsFacts: Sendable, Equatable {
    /// Bytes of the weights.
    public var bytes: Int
    /// Keys of one token in all layers together, in elements; nil if that is not known.
    public var keysPerToken: Int?
    /// The same of values.
    public var valuesPerToken: Int?
    /// Layers.
    public var layers: Int?
    /// Width of the hidden state.
    public var width: Int?
    /// Tokens of the vocabulary.
    public var vocabulary: Int?
    /// Bytes of a cached element, unless the settings say otherwise: 2 are half floats.
    public var elementBytes = 2.0

    /// Nothing but their size is known.
    public init(bytes: Int) {
        self.bytes = bytes
    }

    /// What a GGUF header says (keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#llm). Figures that no model has, of a
    /// hostile file, count as not known.
    public init(bytes: Int, gguf header: GGUFHeader) {
        self.init(bytes: bytes)
        guard let architecture = header.texts["general.architecture"] else { return }
        func number(_ key: String) -> Int? { Self.sane(header.numbers["\(architecture).\(key)"]) }
        layers = number("block_count")
        width = number("embedding_length")
        vocabulary = Self.sane(header.counts["tokenizer.ggml.tokens"]) ?? number("vocab_size")
        guard let layers, let width, let heads = number("attention.head_count"), heads > 0 else { return }
        // Where layers differ there is a list of them, of which the header has the sum.
        let kvKey = "\(architecture).attention.head_count_kv"
        let isList = header.counts[kvKey] != nil
        let kvHeads = Self.sane(header.numbers[kvKey]) ?? heads
        let kvHeadsOfAll = isList ? kvHeads : kvHeads * layers
        keysPerToken = kvHeadsOfAll * (number("attention.key_length") ?? width / heads)
        valuesPerToken = kvHeadsOfAll * (number("attention.value_length") ?? width / heads)
    }

    /// What `config.json` beside safetensors says
    /// (https://huggingface.co/docs/transformers/main_classes/configuration).
    public init(bytes: Int, config: JSONValue) {
        self.init(bytes: bytes)
        // Models that also see have the text part by itself.
        let text = config["text_config"] ?? config
        func number(_ key: String) -> Int? { Self.sane(text[key]?.int) }
        layers = number("num_hidden_layers") ?? number("n_layer")
        width = number("hidden_size") ?? number("n_embd")
        vocabulary = number("vocab_size")
        switch text["torch_dtype"]?.string ?? text["dtype"]?.string ?? config["torch_dtype"]?.string {
        case "float32": elementBytes = 4
        default: elementBytes = 2
        }
        guard let layers, let width, let heads = number("num_attention_heads") ?? number("n_head"), heads > 0 else {
            return
        }
        let keys = (number("num_key_value_heads") ?? heads) * (number("head_dim") ?? width / heads) * layers
        keysPerToken = keys
        valuesPerToken = keys
    }

    /// 2^20 is beyond every model's layers, widths and heads, and three such factors stay below 2^63.
    private static func sane(_ number: Int?) -> Int? {
        number.flatMap { (0...(1 << 20)).contains($0) ? $0 : nil }
    }
}
