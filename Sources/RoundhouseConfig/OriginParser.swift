internal import RoundhouseCore

/// Reads `server.cors_origins`.
struct OriginParser {
    let problems: Problems

    /// The origins as browsers send them; mistakes are reported and left out.
    func origins(_ texts: [LocatedText], _ entry: YAMLEntry?) -> [String] {
        if texts.contains(where: { $0.text == "*" }) {
            if texts.count > 1 {
                problems.error(
                    entry?.location, "`*` in `cors_origins` stands for every web page and must be alone",
                    fix: "remove `*`, or the others")
            } else {
                problems.warning(
                    entry?.location, "`cors_origins: [\"*\"]` lets every web page that anybody opens read answers",
                    fix: "list the pages that need it: cors_origins: [https://chat.example.com]")
            }
            return ["*"]
        }
        var origins: [String] = []
        for (text, location) in texts {
            guard let origin = Self.normal(text) else {
                problems.error(
                    location ?? entry?.location, "`\(YAMLValue.shortened(text))` is no origin of web pages",
                    fix: Self.suggestion(for: text))
                continue
            }
            if !origins.contains(origin) { origins.append(origin) }
        }
        return origins
    }

    /// The origin as browsers write it: small letters, no port where it is the scheme's own (RFC 6454, section 6.1).
    static func normal(_ text: String) -> String? {
        let text = text.lowercased()
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound]
        let authority = text[separator.upperBound...]
        guard let first = scheme.utf8.first, (0x61...0x7a).contains(first),
            scheme.utf8.allSatisfy({ isLetterOrDigit($0) || "+-.".utf8.contains($0) })
        else { return nil }
        var host = authority.prefix { $0 != ":" }
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[...end]
            guard AddressRange(String(host.dropFirst().dropLast())) != nil else { return nil }
        } else {
            guard !host.isEmpty, host.utf8.allSatisfy({ isLetterOrDigit($0) || "-._".utf8.contains($0) }) else {
                return nil
            }
        }
        let rest = authority.dropFirst(host.count)
        if rest.isEmpty { return "\(scheme)://\(host)" }
        guard rest.first == ":", rest.dropFirst().allSatisfy(\.isWholeNumber), let port = Int(rest.dropFirst()),
            (1...65535).contains(port)
        else { return nil }
        let isUsual = (scheme == "https" && port == 443) || (scheme == "http" && port == 80)
        return "\(scheme)://\(host)" + (isUsual ? "" : ":\(port)")
    }

    private static func suggestion(for text: String) -> String {
        if let separator = text.firstRange(of: "://") {
            let path = text[separator.upperBound...].firstIndex(of: "/") ?? text.endIndex
            if let origin = normal(String(text[..<path])) { return "write \(origin)" }
            if text.contains("*") { return "list each host; a `*` inside an origin is not known" }
        } else if let origin = normal("https://" + String(text.prefix { $0 != "/" })) {
            return "write \(origin)"
        }
        return "write scheme://host or scheme://host:port, for example https://chat.example.com"
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
    }
}
