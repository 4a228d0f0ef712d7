/// Decides whether the gateway may listen, so that it is never an open relay by accident.
public enum BindGuard {
    /// Whether a bind address is reached from this machine only.
    public static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Why the gateway must not listen on `host`, or nil if it may.
    public static func refusal(host: String, hasKeys: Bool, allowAnonymous: Bool) -> String? {
        if isLoopback(host) || hasKeys || allowAnonymous { return nil }
        return "Refusing to listen on \(host) without an API key: anybody who can reach this machine could use every "
            + "model. Make a key with `roundhouse keys create NAME`, listen on 127.0.0.1, or say --allow-anonymous if "
            + "everybody on that network may use it."
    }
}

/// Checks the `Host` header on a loopback bind, because a web page can make a browser send requests there under a name of
/// its own (DNS rebinding).
public enum HostCheck {
    /// Whether a request with this `Host` is meant for a server on loopback.
    public static func allows(_ host: String, allowed: [String]) -> Bool {
        guard let name = name(of: host) else { return false }
        return BindGuard.isLoopback(name) || allowed.contains { $0.lowercased() == name.lowercased() }
    }

    /// The name in `name:port` or `[address]:port`; nil if it is neither.
    static func name(of host: String) -> String? {
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "@") }) else {
            return nil
        }
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            return isPort(host[host.index(after: end)...]) ? String(host[...end]) : nil
        }
        guard let colon = host.firstIndex(of: ":") else { return host }
        return isPort(host[colon...]) ? String(host[..<colon]) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty
            || (text.first == ":" && text.utf8.count <= 6
                && text.utf8.dropFirst().allSatisfy { $0 >= 0x30 && $0 <= 0x39 })
    }
}
