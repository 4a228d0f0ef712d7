import Testing

@testable import RoundhouseCore

@Suite struct LimitsMessageTests {
    private func key(_ limits: RateLimits, _ budget: BudgetLimit? = nil) -> LimitSubject {
        LimitSubject(.key, "research-ci", limits: limits, budget: budget)
    }

    @Test func requests() {
        let key = key(rates(requests: 1))
        _ = ask(key)
        #expect(
            ask(key, at: 57.5).refusal?.message
                == "The key research-ci may make 1 request a minute; try again in 4 s.")
        let closed = LimitSubject(.team, "research", limits: rates(requests: 0))
        #expect(
            ask(closed).refusal?.message
                == "The team research may make 0 requests a minute; whoever runs this gateway can raise that.")
        #expect(ask(closed).refusal?.retryAfter == nil)
    }

    @Test func tokens() {
        let key = key(rates(tokens: 1000))
        _ = ask(key, tokens: 900)
        #expect(
            ask(key, tokens: 200).refusal?.message
                == "The key research-ci may take 1000 tokens a minute; 900 are taken and this request may take 200, prompt "
                + "and answer together: try again in 61 s, or lower max_tokens.")
        #expect(
            ask(key, tokens: 4096, explicitly: true).refusal?.message
                == "This request may take 4096 tokens, prompt and max_tokens together; the key research-ci may take 1000 "
                + "tokens a minute, so that trying again does not help: lower max_tokens or shorten the prompt.")
    }

    @Test func places() {
        let model = LimitSubject(.model, "llama3", limits: rates(concurrent: 2))
        let held = [ask(model), ask(model)]
        #expect(
            ask(model).refusal?.message
                == "The model llama3 may have 2 requests at the same time; try again when one of them is answered.")
        for one in held { one.held?.settle(tokens: nil) }
    }

    @Test func budgets() throws {
        let key = key(rates(), BudgetLimit(amount: Money(units: 20), period: .month))
        #expect(
            ask(key, cost: Money(units: 20.5)).refusal?.message
                == "This request may cost 20.5 USD; the key research-ci may spend 20 USD a month, so that trying again does "
                + "not help: lower max_tokens, shorten the prompt or use another model.")
        let held = try ask(key, cost: Money(units: 19.5)).get()
        #expect(
            ask(key, cost: Money(units: 1)).refusal?.message
                == "The key research-ci may spend 20 USD a month; 0.5 is left and this request may cost 1 until other "
                + "requests are done: try again in 1 s.")
        held.settle(tokens: 1, cost: Money(units: 19.5))
        #expect(
            ask(key, cost: Money(units: 1)).refusal?.message
                == "The key research-ci may spend 20 USD a month; 0.5 is left and this request may cost 1: use a model "
                + "without a price, or try again when the next month begins, on 2026-12-01 at 00:00 UTC.")
        try ask(key, cost: .zero).get().settle(tokens: 1, cost: Money(units: 0.6))
        #expect(
            ask(key, cost: .zero).refusal?.message
                == "The key research-ci may spend 20 USD a month; that is used up: use a model without a price, or try again "
                + "when the next month begins, on 2026-12-01 at 00:00 UTC.")
        #expect(
            ask(self.key(rates(), .daily(0)), cost: .zero).refusal?.message
                == "The key research-ci may spend nothing; use a model without a price.")
    }
}
