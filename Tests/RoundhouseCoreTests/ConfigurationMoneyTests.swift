import RoundhouseCore
import Testing

@Suite struct ConfigurationMoneyTests {
    @Test(arguments: [
        (0, "0"), (1, "0.000000001"), (123_000, "0.000123"), (12_000_000_000, "12"), (-500_000_000, "-0.5"),
        (1_000_000_001, "1.000000001"), (100_000_000_000, "100"), (-1, "-0.000000001"),
        (Int64.max, "9223372036.854775807"), (Int64.min, "-9223372036.854775808"),
    ])
    func isShownExactly(_ billionths: Int64, _ text: String) {
        #expect(Money(billionths: billionths).description == text)
    }

    @Test(
        arguments: [
            (0.05, 50_000_000), (0.1, 100_000_000), (2.5e-9, 3), (2.4e-9, 2), (-0.3, -300_000_000), (0, 0),
            (1e300, Int64.max), (-1e300, Int64.min), (.infinity, Int64.max), (-.infinity, Int64.min), (.nan, 0),
        ] as [(Double, Int64)])
    func comesFromUnits(_ units: Double, _ billionths: Int64) {
        #expect(Money(units: units).billionths == billionths)
    }

    @Test func sumsAreExactAndStopAtTheEnds() {
        let most = Money(billionths: .max)
        let least = Money(billionths: .min)
        let one = Money(billionths: 1)
        #expect((0..<10).reduce(Money.zero) { sum, _ in sum + Money(units: 0.1) } == Money(units: 1))
        #expect(most + one == most)
        #expect(least + Money(billionths: -1) == least)
        #expect(least - one == least)
        #expect(most - Money(billionths: -1) == most)
        #expect(.zero - least == most)
        #expect(most + least == Money(billionths: -1))
    }

    @Test func orderIsByAmount() {
        #expect(Money(units: -1) < .zero && .zero < Money(billionths: 1))
        #expect(!(Money.zero < .zero))
    }
}

@Suite struct ConfigurationPriceTests {
    private func use(
        input: Int? = nil, cached: Int? = nil, output: Int? = nil, audio: Int? = nil, characters: Int? = nil,
        images: Int? = nil
    ) -> UsageAmounts {
        var use = UsageAmounts()
        use.inputTokens = input
        use.cachedTokens = cached
        use.outputTokens = output
        use.audioMilliseconds = audio
        use.characters = characters
        use.images = images
        return use
    }

    private var price: Price {
        var price = Price()
        price.inputPerMillion = Money(units: 3)
        price.cachedInputPerMillion = Money(units: 0.3)
        price.outputPerMillion = Money(units: 15)
        price.perSecond = Money(units: 0.0001)
        price.charactersPerMillion = Money(units: 16)
        price.perImage = Money(units: 0.04)
        return price
    }

    @Test func everyUnitHasItsPrice() {
        #expect(price.cost(of: use(input: 1_000_000)) == Money(units: 3))
        #expect(price.cost(of: use(input: 1000, cached: 400)) == Money(units: 0.0018 + 0.00012))
        #expect(price.cost(of: use(output: 7)) == Money(units: 0.000105))
        #expect(price.cost(of: use(audio: 1500)) == Money(units: 0.00015))
        #expect(price.cost(of: use(characters: 250)) == Money(units: 0.004))
        #expect(price.cost(of: use(images: 3)) == Money(units: 0.12))
        #expect(
            price.cost(of: use(input: 10, cached: 0, output: 10, audio: 1000, characters: 1, images: 1))
                == Money(units: 0.00003 + 0.00015 + 0.0001 + 0.000016 + 0.04))
    }

    @Test func whatIsUnknownCostsNothing() {
        #expect(price.cost(of: UsageAmounts()) == .zero)
        #expect(Price().cost(of: use(input: 5, cached: 1, output: 5, audio: 5, characters: 5, images: 5)) == .zero)
    }

    @Test func cachedTokensCostWhatTheOthersDoUnlessTheyHaveAPrice() {
        var price = price
        price.cachedInputPerMillion = nil
        #expect(price.cost(of: use(input: 1000, cached: 400)) == price.cost(of: use(input: 1000)))
    }

    @Test func nonsenseOfAnUpstreamIsNoDiscount() {
        #expect(price.cost(of: use(input: 10, cached: 99)) == price.cost(of: use(input: 10, cached: 10)))
        #expect(price.cost(of: use(input: 10, cached: -99)) == price.cost(of: use(input: 10)))
        #expect(price.cost(of: use(cached: 99)) == .zero)
        #expect(price.cost(of: use(input: -10, output: -5)) == .zero)
        #expect(price.cost(of: use(input: .max, cached: .min)) == price.cost(of: use(input: .max)))
    }

    @Test func isRoundedDownOnceForEachUnit() {
        var price = Price()
        price.inputPerMillion = Money(billionths: 1_500_000)
        #expect(price.cost(of: use(input: 1)) == Money(billionths: 1))
        #expect(price.cost(of: use(input: 2)) == Money(billionths: 3))
        price.inputPerMillion = Money(billionths: 999_999)
        #expect(price.cost(of: use(input: 1)) == .zero)
    }

    /// Around 2^63 billionths, where a product or a quotient may leave 64 bits.
    @Test func theLargestAmountsDoNotTrap() {
        let most = Money(billionths: .max)
        var price = Price()
        price.inputPerMillion = most
        price.outputPerMillion = most
        price.perSecond = most
        price.charactersPerMillion = most
        price.perImage = most
        for count in [999_999, 1_000_000, 1_000_001, 1_500_000, 1_999_999, 2_000_000, .max] {
            #expect((price.cost(of: use(input: count)) == most) == (count >= 1_000_000), "\(count)")
        }
        #expect(price.cost(of: use(images: 1)) == most)
        #expect(price.cost(of: use(images: 2)) == most)
        #expect(price.cost(of: use(audio: 1500)) == most)
        #expect(price.cost(of: use(input: .max, output: .max, audio: .max, characters: .max, images: .max)) == most)
        price.perImage = Money(billionths: 1)
        #expect(price.cost(of: use(images: .max)) == most)
    }
}
