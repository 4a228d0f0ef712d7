internal import RoundhouseCore

extension Section {
    /// The largest number of things in a minute or at a time.
    static let many = Int(Int32.max)
    static let noLimitFix = "leave the key out for no limit; `models: []` is what allows nothing"

    /// Reports keys that stand there without a value. For keys whose absence would allow more.
    func rejectEmpty(_ keys: [String]) {
        for entry in entries where keys.contains(entry.key) && entry.value.isNull {
            let fix =
                switch entry.key {
                case "models": "write `models: []` for no model at all, or remove the key for every model"
                default: "give it a value, or remove the key"
                }
            problems.error(entry.location, "`\(prefix)\(entry.key)` is empty", fix: fix)
        }
    }

    /// `requests_per_minute`, `tokens_per_minute` and `shadow`.
    func read(into limits: inout RateLimits) {
        limits.requestsPerMinute = int("requests_per_minute", 1...Self.many, fix: Self.noLimitFix)
        limits.tokensPerMinute = int("tokens_per_minute", 1...Self.many, fix: Self.noLimitFix)
        limits.shadow = bool("shadow") ?? false
    }

    /// Warns of a `shadow` that has no limit to watch.
    func warnOfIdleShadow(_ limits: RateLimits) {
        guard limits.shadow, limits.isEmpty else { return }
        problems.warning(
            entry("shadow")?.location, "`\(prefix)shadow` has no limit beside it that it could watch",
            fix: "add one, for example requests_per_minute: 120")
    }

    /// A time of whole days.
    func days(_ key: String) -> Int? {
        guard let entry = entry(key) else { return nil }
        guard let text = entry.value.text, let duration = Units.duration(text),
            duration.components.seconds % 86_400 == 0, (1...36_500).contains(duration.components.seconds / 86_400)
        else {
            expected("whole days, 1d or more", entry, fix: "write, for example: \(key): 30d")
            return nil
        }
        return Int(duration.components.seconds / 86_400)
    }

    /// An amount of money, 0 or more.
    func money(_ key: String) -> Money? {
        guard let entry = entry(key) else { return nil }
        guard let text = entry.value.text, let money = Money(text) else {
            expected("an amount of money, 0 to 1000000000", entry, fix: "write, for example: \(key): 0.60")
            return nil
        }
        return money
    }

    /// `currency`, USD if it is not given or wrong.
    func currency() -> String {
        guard let text = text("currency") else { return "USD" }
        guard Self.isCurrency(text) else {
            problems.error(
                entry("currency")?.location, "`\(prefix)currency` must be a code of three capital letters",
                fix: "currency: \(Self.isCurrency(text.uppercased()) ? text.uppercased() : "USD")")
            return "USD"
        }
        return text
    }

    static func isCurrency(_ text: String) -> Bool {
        text.utf8.count == 3 && text.utf8.allSatisfy { (0x41...0x5a).contains($0) }
    }
}

extension Money {
    /// Reads an amount of 0 to a thousand million; nil if it is none, or if it is too small to be anything but nothing.
    /// Plain decimals are taken exactly.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }
        if isPlain, parts[0].utf8.count <= 10, parts.count == 1 || parts[1].utf8.count <= 9 {
            let fraction = parts.count == 2 ? String(parts[1]) : ""
            let digits = parts[0] + fraction + String(repeating: "0", count: 9 - fraction.utf8.count)
            guard let billionths = Int64(digits), billionths <= Self.most else { return nil }
            self.init(billionths: billionths)
            return
        }
        guard let units = Double(text), units.isFinite, units >= 0, units <= Double(Self.most) / 1e9 else { return nil }
        self.init(units: units)
        if units > 0, self == .zero { return nil }
    }

    private static var most: Int64 { 1_000_000_000_000_000_000 }
}
