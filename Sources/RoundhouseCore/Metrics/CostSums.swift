/// Money by currency. Usually there is one, which is kept apart so that it is found at once.
struct CostSums: Sendable {
    private var first: Sum?
    private var others: [Sum] = []
    /// A model has one currency, and files can name it another while the gateway runs; what is more is no price list.
    private static let limit = 16

    /// What was spent in one currency.
    struct Sum: Sendable {
        let currency: String
        var amount: Money
    }

    /// All of them.
    var sums: [Sum] { first.map { [$0] + others } ?? [] }

    /// Adds an amount; one below zero adds nothing.
    mutating func add(_ amount: Money, _ currency: String) {
        let amount = max(.zero, amount)
        if let sum = first, sum.currency == currency {
            first?.amount = sum.amount + amount
        } else {
            addFurther(amount, currency)
        }
    }

    private mutating func addFurther(_ amount: Money, _ currency: String) {
        if first == nil {
            first = Sum(currency: currency, amount: amount)
        } else if let index = others.firstIndex(where: { $0.currency == currency }) {
            others[index].amount = others[index].amount + amount
        } else if others.count >= Self.limit && currency != MetricLabels.other {
            add(amount, MetricLabels.other)
        } else {
            others.append(Sum(currency: currency, amount: amount))
        }
    }

    mutating func add(_ other: CostSums) {
        for sum in other.sums { add(sum.amount, sum.currency) }
    }
}
