internal import RoundhouseCore

/// The end of a key as people write it: a day, which stands for its beginning in UTC, or a moment as in RFC 3339.
public enum KeyExpiry {
    /// Seconds since 1970; nil if the text is neither, or lies before 1970. Parts of a second are not taken.
    public static func seconds(_ text: String) -> Int64? {
        if let day = CalendarDay(text) { return day.secondsSince1970 }
        let bytes = Array(text.uppercased().utf8)
        guard bytes.count == 20 || bytes.count == 25, bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let day = CalendarDay(String(decoding: bytes[..<10], as: UTF8.self)),
            let hour = number(bytes[11...12], below: 24), let minute = number(bytes[14...15], below: 60),
            let second = number(bytes[17...18], below: 60), let offset = offset(bytes[19...])
        else { return nil }
        let result = day.secondsSince1970 + hour * 3600 + minute * 60 + second - offset
        return result >= 0 ? result : nil
    }

    /// The shorter of the two forms that says exactly this.
    public static func text(_ seconds: Int64) -> String {
        let day = CalendarDay(secondsSince1970: seconds).description
        let rest = seconds % 86_400
        guard rest != 0 else { return day }
        let parts = [rest / 3600, rest / 60 % 60, rest % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(day)T\(parts.joined(separator: ":"))Z"
    }

    /// Seconds that `Z` or `+02:00` is ahead of UTC.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int64? {
        if Array(zone) == [UInt8(ascii: "Z")] { return 0 }
        let zone = Array(zone)
        guard zone.count == 6, zone[3] == UInt8(ascii: ":"), let hours = number(zone[1...2], below: 24),
            let minutes = number(zone[4...5], below: 60)
        else { return nil }
        switch zone[0] {
        case UInt8(ascii: "+"): return hours * 3600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3600 + minutes * 60)
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>, below limit: Int64) -> Int64? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let value = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        return value < limit ? value : nil
    }
}
