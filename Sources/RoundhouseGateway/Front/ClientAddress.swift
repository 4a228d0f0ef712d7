internal import RoundhouseCore

/// Who a connection or request comes from, for the access log.
enum ClientAddress {
    /// The address of the client: the connection's peer, or, if that is a proxy of ours, the last address in
    /// `X-Forwarded-For` that is none of our proxies. Whatever stands before it anybody can have written.
    static func of(_ peer: String?, forwardedFor: [String], trusted: [AddressRange]) -> String? {
        guard let peer, !trusted.isEmpty, !forwardedFor.isEmpty, isTrusted(peer, trusted) else { return peer }
        var client = peer
        let hops = forwardedFor.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        for hop in hops.reversed() {
            guard let address = bare(hop) else { return client }
            client = address
            guard isTrusted(address, trusted) else { return client }
        }
        return client
    }

    private static func isTrusted(_ address: String, _ trusted: [AddressRange]) -> Bool {
        trusted.contains { $0.contains(address) }
    }

    /// `10.0.0.1`, `10.0.0.1:1234`, `::1`, `[::1]:1234` without what is not the address; nil if it is none.
    private static func bare(_ hop: Substring) -> String? {
        var text = hop.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        if text.first == "[" {
            text = text.dropFirst().prefix { $0 != "]" }
        } else if text.filter({ $0 == ":" }).count == 1 {
            text = text.prefix { $0 != ":" }
        }
        return AddressRange(String(text)) != nil && !text.contains("/") ? String(text) : nil
    }
}
