/// How much memory an engine will take, from its weights and settings. A guess on the safe side, which counts until the first run has
/// been measured.
public enum MemoryEstimate {
    /// Bytes that one element of a cache takes (ggml's block sizes: 34 bytes for 32 elements of q8_0, and so on).
    static let cacheElements: [String: Double] = [
        "f32": 4, "f16": 2, "bf16": 2, "q8_0": 34.0 / 32, "q5_1": 24.0 / 32, "q5_0": 22.0 / 32, "q4_1": 20.0 / 32,
        "q4_0": 18.0 / 32, "iq4_nl": 18.0 / 32,
    ]

    /// Tokens that are computed together, if the settings do not say: llama.cpp's physical batch.
    private static let usualBatch = 512

    /// The estimate.
    /// - Parameters:
    ///   - own: bytes that the engine's program takes without a model.
    ///   - devices: indices of this machine's GPUs, over which weights and caches are spread evenly.
    public static func footprint(
        of facts: WeightsFacts, _ settings: LaunchSettings, own: Int, devices: [String]
    ) -> Footprint {
        let model = facts.bytes.clamped + cache(facts, settings) + work(facts, settings)
        guard !devices.isEmpty, settings.gpuLayers != 0 else { return Footprint(host: own + model) }
        let part = settings.gpuLayers.map { wanted in
            facts.layers.map { min(1, Double(wanted) / Double($0 + 1)) } ?? 1
        }
        let onGPU = Int(Double(model) * (part ?? 1))
        let each = (onGPU + devices.count - 1) / devices.count
        return Footprint(
            host: own + model - onGPU, devices: Dictionary(uniqueKeysWithValues: devices.map { ($0, each) }))
    }

    /// Keys and values of all tokens of all requests.
    private static func cache(_ facts: WeightsFacts, _ settings: LaunchSettings) -> Int {
        guard let keys = facts.keysPerToken, let values = facts.valuesPerToken else { return 0 }
        func bytes(_ type: String?) -> Double { type.flatMap { cacheElements[$0] } ?? facts.elementBytes }
        let perToken =
            Double(keys) * bytes(settings.cacheTypeK) + Double(values) * bytes(settings.cacheTypeV)
        return (perToken * Double(settings.contextSize) * Double(settings.parallel)).bytes
    }

    /// Activations of a batch: the logits, and some sixteen vectors of a layer, as floats.
    private static func work(_ facts: WeightsFacts, _ settings: LaunchSettings) -> Int {
        let batch = min(settings.batch ?? usualBatch, settings.contextSize)
        let perToken = Double(facts.vocabulary ?? 0) + 16 * Double(facts.width ?? 0)
        return (perToken * 4 * Double(batch)).bytes
    }
}

extension Double {
    /// Whole bytes, at most 2^50: what no machine has, and sums stay far from overflow.
    fileprivate var bytes: Int { self < 0x1p50 ? Int(self) : 1 << 50 }
}

extension Int {
    fileprivate var clamped: Int { Swift.min(Swift.max(self, 0), 1 << 50) }
}
