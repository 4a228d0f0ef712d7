/// Sizes and durations as people write them.
enum Units {
    static let sizeForms = "a size such as 32MiB, 1GiB, 6GB, or a number of bytes"
    static let durationForms = "a duration such as 500ms, 10s, 15m or 2h"

    /// Bytes. Units with an `i` are powers of 1024, those without powers of 1000, letter case ignored; `k`, `m` and
    /// `g` alone are binary, as every engine's options have them. nil if it is none, or does not fit.
    static func bytes(_ text: String) -> Int? {
        guard let (number, unit) = split(text) else { return nil }
        let factor: Double
        switch unit {
        case "", "b": factor = 1
        case "k", "kib": factor = 1024
        case "kb": factor = 1000
        case "m", "mib": factor = 1_048_576
        case "mb": factor = 1_000_000
        case "g", "gib": factor = 1_073_741_824
        case "gb": factor = 1_000_000_000
        case "t", "tib": factor = 1_099_511_627_776
        case "tb": factor = 1_000_000_000_000
        default: return nil
        }
        let value = number * factor
        // 2^62 keeps sums of sizes away from overflow.
        guard value < 4_611_686_018_427_387_904, value == value.rounded() || unit.count > 0 else { return nil }
        return Int(value)
    }

    /// A duration; the unit is required, but for `0`.
    static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = split(text) else { return nil }
        let milliseconds: Double
        switch unit {
        case "": if number != 0 { return nil } else { milliseconds = 0 }
        case "ms": milliseconds = 1
        case "s": milliseconds = 1000
        case "m", "min": milliseconds = 60_000
        case "h": milliseconds = 3_600_000
        case "d": milliseconds = 86_400_000
        default: return nil
        }
        let value = number * milliseconds
        // A hundred years.
        guard value <= 3_153_600_000_000 else { return nil }
        return .milliseconds(Int64(value.rounded()))
    }

    private static func split(_ text: String) -> (Double, String)? {
        let text = text.lowercased()
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), number.isFinite, digits.first != "." else { return nil }
        return (number, String(unit))
    }
}
