internal import RoundhouseCore

/// A text and where it stands.
typealias LocatedText = (text: String, location: SourceLocation?)

/// What a team or a key may do, as it was written: patterns are not yet compared with the models.
struct Rights {
    /// The keys that teams and API keys share.
    static let keys = ["models", "limits", "budget", "local_only", "priority"]

    /// The allowlist; nil is every model.
    var patterns: [LocatedText]?
    var limits = RateLimits()
    var budget: BudgetLimit?
    var localOnly = false
    var priority: Priority?
    /// Where the budget stands.
    var budgetLocation: SourceLocation?
    /// Where `local_only` stands.
    var localOnlyLocation: SourceLocation?

    init() {}

    /// The rights of a key that stands in no file yet.
    init(_ key: APIKey) {
        patterns = key.models?.patterns.map { ($0, nil) }
        limits = key.limits
        budget = key.budget
        localOnly = key.localOnly
        priority = key.priority
    }

    /// Reads them; mistakes go to the section's problems.
    init(_ section: Section) {
        // `models:` with its list deleted must not come to mean every model.
        section.rejectEmpty(Self.keys)
        if let texts = section.texts("models") {
            patterns = texts.filter { Self.isPattern($0.text, $0.location ?? section.location, section) }
        }
        if let limits = section.section("limits") {
            limits.rejectUnknown(known: KnownKeys.rateLimits)
            limits.rejectEmpty(KnownKeys.rateLimits)
            limits.read(into: &self.limits)
            self.limits.concurrent = limits.int("concurrent", 1...Section.many, fix: Section.noLimitFix)
            limits.warnOfIdleShadow(self.limits)
        }
        budgetLocation = section.entry("budget")?.location
        budget = section.section("budget").flatMap(Self.budget)
        localOnlyLocation = section.entry("local_only")?.location
        localOnly = section.bool("local_only") ?? false
        priority = section.priority()
    }

    private static func isPattern(_ text: String, _ location: SourceLocation?, _ section: Section) -> Bool {
        let isClean = text.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0.value > 0x20 && $0.value != 0x7f
        }
        guard !text.isEmpty, text.utf8.count <= 256, isClean else {
            section.problems.error(
                location, "`\(YAMLValue.shortened(text))` in `\(section.prefix)models` is no name of a model",
                fix: "write one name or pattern for each item: models: [llama3, \"embed-*\"]")
            return false
        }
        return true
    }

    private static func budget(_ section: Section) -> BudgetLimit? {
        section.rejectUnknown(known: KnownKeys.budget)
        section.rejectEmpty(KnownKeys.budget)
        for key in ["amount", "per"] where !section.entries.contains(where: { $0.key == key }) {
            section.problems.error(
                section.location, "`\(section.prefix.dropLast())` lacks `\(key)`",
                fix: "budget: {amount: 50, per: month, currency: USD}")
        }
        let amount = section.money("amount")
        let period = section.word("per", BudgetLimit.Period.allCases.map(\.rawValue))
        let currency = section.currency()
        guard let amount, let period = period.flatMap(BudgetLimit.Period.init(rawValue:)) else { return nil }
        return BudgetLimit(amount: amount, period: period, currency: currency)
    }
}
