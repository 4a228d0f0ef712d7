/// What a launched engine is started with. Engine-neutral names; how each engine spells them is its launcher's business.
public struct LaunchSettings: Sendable, Equatable {
    /// Absolute path of the weights, a file or a folder; what stands there as it is, if the engine takes none; possibly empty.
    public var weights: String
    /// Tokens that one request may use, prompt and answer together, whatever `parallel` is.
    public var contextSize = 4096
    /// Whether the file says so; engines that know their weights' own limit are told nothing otherwise.
    public var isContextSizeGiven = false
    /// Requests that the engine works on at the same time.
    public var parallel = 1
    /// Layers on the GPU; nil is as many as fit.
    public var gpuLayers: Int?
    /// CPU threads; nil leaves it to the engine.
    public var threads: Int?
    /// Logical batch, in tokens.
    public var batch: Int?
    /// Absolute path of the vision projector.
    public var mmproj: String?
    /// Serve embeddings in place of text.
    public var embeddings = false
    /// Serve rerank in place of text.
    public var reranking = false
    /// `none`, `mean`, `cls`, `last` or `rank`; nil takes what the weights say.
    public var pooling: String?
    /// Map the weights instead of reading them; nil leaves it to the engine.
    public var mmap: Bool?
    /// Lock the weights in memory.
    public var mlock = false
    /// `on`, `off` or `auto`; nil leaves it to the engine.
    public var flashAttention: String?
    /// KV cache type for keys, `f16`, `q8_0`, ...; nil leaves it to the engine.
    public var cacheTypeK: String?
    /// KV cache type for values.
    public var cacheTypeV: String?
    /// Absolute path of a Jinja chat template that replaces the one in the weights.
    public var chatTemplate: String?
    /// Host memory that the engine may use for its prompt cache, in MiB. llama.cpp's own default of 8192 is too much
    /// for a machine that runs several engines.
    public var promptCacheMiB = 512
    /// The program of the model's own and its arguments, with places to fill in; for `backend: command`.
    public var command: [String] = []
    /// Whether that program is told a Unix socket to listen on, and not a port.
    public var listensOnSocket = false
    /// Path on its server that answers 200 once it is ready; nil is the engine's usual one.
    public var probePath: String?
    /// Passed to the engine after everything else, as they are.
    public var arguments: [String] = []

    /// Settings for the weights at an absolute path, everything else at its default.
    public init(weights: String) {
        self.weights = weights
    }
}
