/// What a request used, in the units that prices are for. nil is unknown, 0 is none.
public struct UsageAmounts: Sendable, Equatable {
    /// Tokens of the prompt, cached ones included.
    public var inputTokens: Int?
    /// Those of `inputTokens` that came from the engine's cache.
    public var cachedTokens: Int?
    /// Tokens of the answer.
    public var outputTokens: Int?
    /// Milliseconds of audio, heard or spoken.
    public var audioMilliseconds: Int?
    /// Characters of text turned into speech.
    public var characters: Int?
    /// Images made.
    public var images: Int?

    /// Nothing known.
    public init() {}
}

/// `cost` of a model.
public struct Price: Sendable, Equatable {
    /// Of a million input tokens.
    public var inputPerMillion = Money.zero
    /// Of a million input tokens that came from the cache; nil is the same as `inputPerMillion`.
    public var cachedInputPerMillion: Money?
    /// Of a million output tokens.
    public var outputPerMillion = Money.zero
    /// Of a second of audio.
    public var perSecond = Money.zero
    /// Of a million characters turned into speech.
    public var charactersPerMillion = Money.zero
    /// Of an image.
    public var perImage = Money.zero
    /// ISO 4217 code of all of them.
    public var currency = "USD"

    /// A price of nothing, which is not the same as no price.
    public init() {}

    /// The price of one request; what is unknown of its use costs nothing. Rounded down to a billionth, once for each unit.
    public func cost(of use: UsageAmounts) -> Money {
        let cached = min(max(0, use.cachedTokens ?? 0), use.inputTokens ?? 0)
        return part(inputPerMillion, (use.inputTokens ?? 0) - cached, 1_000_000)
            + part(cachedInputPerMillion ?? inputPerMillion, cached, 1_000_000)
            + part(outputPerMillion, use.outputTokens ?? 0, 1_000_000)
            + part(perSecond, use.audioMilliseconds ?? 0, 1000)
            + part(charactersPerMillion, use.characters ?? 0, 1_000_000)
            + part(perImage, use.images ?? 0, 1)
    }

    private func part(_ price: Money, _ count: Int, _ per: UInt64) -> Money {
        guard price.billionths > 0, count > 0 else { return .zero }
        let (high, low) = price.billionths.magnitude.multipliedFullWidth(by: UInt64(count))
        // The quotient of a product that large would not fit, and dividing it would trap.
        guard high < per else { return Money(billionths: .max) }
        return Money(billionths: Int64(clamping: per.dividingFullWidth((high, low)).quotient))
    }
}
