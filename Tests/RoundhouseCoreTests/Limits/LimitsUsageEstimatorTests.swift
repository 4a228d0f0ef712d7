import Testing

@testable import RoundhouseCore

@Suite struct LimitsUsageEstimatorTests {
    @Test func beginsWithATokenForFourBytes() {
        let estimator = UsageEstimator()
        #expect(estimator.estimate(bodyBytes: 400, maxTokens: nil) == LimitEstimate(input: 100, output: 256))
        #expect(estimator.estimate(bodyBytes: 401, maxTokens: nil).input == 101)
        #expect(estimator.estimate(bodyBytes: 0, maxTokens: nil).total == 256)
        #expect(estimator.estimate(bodyBytes: -4, maxTokens: nil).input == 0)
    }

    @Test func whatTheClientSaysOfTheAnswerGoesBeforeWhatWasLearned() {
        let estimator = UsageEstimator()
        let estimate = estimator.estimate(bodyBytes: 4, maxTokens: 1000)
        #expect(estimate == LimitEstimate(input: 1, output: 1000, isExplicit: true))
        #expect(estimator.estimate(bodyBytes: 4, maxTokens: -3).output == 0)
        #expect(estimator.estimate(bodyBytes: .max, maxTokens: .max).total == .max)
    }

    @Test func learnsWhatTheEngineReports() {
        let estimator = UsageEstimator()
        for _ in 0..<200 { estimator.learn(bodyBytes: 1000, inputTokens: 500, outputTokens: 40) }
        let estimate = estimator.estimate(bodyBytes: 2000, maxTokens: nil)
        #expect((999...1001).contains(estimate.input) && (40...41).contains(estimate.output))
    }

    @Test func oneOddRequestDoesNotTurnItOver() {
        let estimator = UsageEstimator()
        estimator.learn(bodyBytes: 1, inputTokens: .max, outputTokens: 0)
        let estimate = estimator.estimate(bodyBytes: 400, maxTokens: nil)
        #expect(estimate.input < 200)
        #expect(estimate.output == 240)
    }

    @Test func whatIsUnknownTeachesNothing() {
        let estimator = UsageEstimator()
        estimator.learn(bodyBytes: 1000, inputTokens: nil, outputTokens: nil)
        estimator.learn(bodyBytes: 0, inputTokens: 10, outputTokens: nil)
        estimator.learn(bodyBytes: 1000, inputTokens: -1, outputTokens: -1)
        #expect(estimator.estimate(bodyBytes: 400, maxTokens: nil) == LimitEstimate(input: 100, output: 256))
    }

    @Test func bytesOfImagesAreNoTokens() {
        let estimator = UsageEstimator()
        #expect(estimator.estimate(bodyBytes: 2_000_000, maxTokens: nil, hasImages: true).input == 1024)
        for _ in 0..<200 { estimator.learn(bodyBytes: 2_000_000, inputTokens: 300, outputTokens: 9, hasImages: true) }
        #expect((300...301).contains(estimator.estimate(bodyBytes: 9_000_000, maxTokens: nil, hasImages: true).input))
        #expect(estimator.estimate(bodyBytes: 400, maxTokens: nil).input == 100)
    }

    @Test func anEstimateCanBePriced() {
        var price = Price()
        price.inputPerMillion = Money(units: 1)
        price.outputPerMillion = Money(units: 2)
        #expect(price.cost(of: LimitEstimate(input: 1000, output: 500).usage) == Money(units: 0.002))
    }
}
