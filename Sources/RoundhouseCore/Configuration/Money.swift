/// An amount of money in whole billionths of a currency's unit, so that sums are exact: a price of 0.05 for a million tokens
/// is 50 of them for each token.
public struct Money: Sendable, Hashable, Comparable {
    /// Billionths.
    public var billionths: Int64

    /// An amount of so many billionths.
    public init(billionths: Int64) {
        self.billionths = billionths
    }

    /// The amount nearest to a number of units; what does not fit is the largest that does.
    public init(units: Double) {
        let value = (units * 1e9).rounded()
        billionths = value.isNaN ? 0 : value >= 9.2e18 ? .max : value <= -9.2e18 ? .min : Int64(value)
    }

    /// Nothing.
    public static let zero = Money(billionths: 0)

    /// The amount in units, for showing.
    public var units: Double { Double(billionths) / 1e9 }

    /// Sums stop at the largest amount.
    public static func + (a: Money, b: Money) -> Money {
        let (sum, overflow) = a.billionths.addingReportingOverflow(b.billionths)
        return Money(billionths: overflow ? (a.billionths < 0 ? .min : .max) : sum)
    }

    /// Differences stop at the largest amount.
    public static func - (a: Money, b: Money) -> Money {
        let (difference, overflow) = a.billionths.subtractingReportingOverflow(b.billionths)
        return Money(billionths: overflow ? (a.billionths < 0 ? .min : .max) : difference)
    }

    /// Orders by amount; currencies are the caller's business.
    public static func < (a: Money, b: Money) -> Bool { a.billionths < b.billionths }
}

extension Money: CustomStringConvertible {
    /// The exact amount in decimal without superfluous zeros: `0.000123`, `12`, `-0.5`.
    public var description: String {
        let magnitude = billionths.magnitude
        let sign = billionths < 0 ? "-" : ""
        let whole = String(magnitude / 1_000_000_000)
        var rest = magnitude % 1_000_000_000
        guard rest > 0 else { return sign + whole }
        var width = 9
        while rest % 10 == 0 {
            rest /= 10
            width -= 1
        }
        let digits = String(rest)
        return sign + whole + "." + String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
