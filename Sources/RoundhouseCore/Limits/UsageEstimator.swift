internal import Synchronization

/// What a model's requests are expected to take, learned from what its engine reports. One for each model; any thread may
/// use it.
public final class UsageEstimator: Sendable {
    private struct Averages {
        var tokensPerByte = 0.25
        var output = 256.0
        /// Images are many bytes and few tokens, so that bytes say nothing of such a request.
        var inputWithImages = 1024.0
    }

    /// What one request moves an average by.
    private static let weight = 1.0 / 16
    /// No tokenizer makes more tokens of a byte; a template may add some to a short prompt.
    private static let mostTokensPerByte = 4.0

    private let averages = Mutex(Averages())

    /// Expects a token for 4 bytes of body, and answers of 256 tokens.
    public init() {}

    /// What a request is expected to take.
    /// - Parameters:
    ///   - bodyBytes: size of its body.
    ///   - maxTokens: the longest answer that the client allows, if it says so; then that is what may be needed.
    ///   - hasImages: whether images are in the body.
    public func estimate(bodyBytes: Int, maxTokens: Int?, hasImages: Bool = false) -> LimitEstimate {
        let averages = averages.withLock { $0 }
        let input = hasImages ? averages.inputWithImages : averages.tokensPerByte * Double(max(0, bodyBytes))
        return LimitEstimate(
            input: Self.whole(input), output: maxTokens ?? Self.whole(averages.output), isExplicit: maxTokens != nil)
    }

    /// Learns from a request whose tokens the engine reported; what is nil is unknown.
    public func learn(bodyBytes: Int, inputTokens: Int?, outputTokens: Int?, hasImages: Bool = false) {
        averages.withLock { averages in
            if let inputTokens, inputTokens >= 0 {
                if hasImages {
                    Self.move(&averages.inputWithImages, to: Double(inputTokens))
                } else if bodyBytes > 0 {
                    let ratio = Double(inputTokens) / Double(bodyBytes)
                    Self.move(&averages.tokensPerByte, to: min(ratio, Self.mostTokensPerByte))
                }
            }
            if let outputTokens, outputTokens >= 0 { Self.move(&averages.output, to: Double(outputTokens)) }
        }
    }

    private static func move(_ average: inout Double, to value: Double) {
        average += (value - average) * weight
    }

    /// Rounded up; no prompt has more tokens than fit in 50 bits.
    private static func whole(_ value: Double) -> Int { Int(min(value, 0x1p50).rounded(.up)) }
}
