internal import RoundhouseCore

extension ServerParser {
    /// The keys of `server:`, from the file or the environment.
    func readServer(_ section: Section, _ settings: inout GatewaySettings) {
        var server = settings.server
        defer { settings.server = server }
        if let entry = section.entry("host"), let host = section.text("host") {
            if host.contains(where: { $0.isWhitespace || $0 == "/" }) || (host.contains(":") && !isIPv6(host)) {
                section.expected("a host name or address without port", entry, fix: "host: 127.0.0.1")
            } else {
                server.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
            }
        }
        server.port = section.int("port", 0...65535) ?? server.port
        server.maxBody = size("max_body", section) ?? server.maxBody
        server.maxUpload = size("max_upload", section) ?? server.maxUpload
        server.headerTimeout = timeout("header_timeout", section) ?? server.headerTimeout
        server.bodyTimeout = timeout("body_timeout", section) ?? server.bodyTimeout
        server.idleTimeout = timeout("idle_timeout", section) ?? server.idleTimeout
        server.shutdownTimeout = section.duration("shutdown_timeout") ?? server.shutdownTimeout
        server.maxConnections = section.int("max_connections", 1...10_000_000) ?? server.maxConnections
        server.allowedHosts = section.texts("allowed_hosts").map { $0.map(\.text) } ?? server.allowedHosts
        readWeb(section, &server)
        readTLS(section, &settings.tls)
        server.loops = section.int("loops", 1...1024) ?? server.loops
    }

    /// What other machines between here and the client may do.
    private func readWeb(_ section: Section, _ server: inout ServerSettings) {
        if let texts = section.texts("cors_origins") {
            server.corsOrigins = OriginParser(problems: problems).origins(texts, section.entry("cors_origins"))
        }
        guard let texts = section.texts("trusted_proxies") else { return }
        server.trustedProxies = []
        for (text, location) in texts {
            guard let range = AddressRange(text) else {
                problems.error(
                    location,
                    "`\(YAMLValue.shortened(text))` in `trusted_proxies` is no address and no block of addresses",
                    fix:
                        "write an address such as 10.0.0.5, or a block such as 10.0.0.0/8 whose bits behind the prefix are 0"
                )
                continue
            }
            if text.hasSuffix("/0") {
                problems.warning(
                    location, "`\(text)` in `trusted_proxies` believes everybody who sends `X-Forwarded-For`",
                    fix: "list the addresses of your own proxies")
            }
            server.trustedProxies.append(range)
        }
    }

    /// `tls` of the file, or `TLS_CERTIFICATE` and `TLS_KEY` of the environment.
    private func readTLS(_ section: Section, _ tls: inout TLSEntries) {
        func path(_ key: String, _ section: Section) -> TLSEntries.Path? {
            section.text(key).map { text in
                TLSEntries.Path(text: text, location: section.entry(key)?.location, key: section.shown(key))
            }
        }
        tls.certificate = path("tls_certificate", section) ?? tls.certificate
        tls.key = path("tls_key", section) ?? tls.key
        guard let mapping = section.section("tls") else { return }
        mapping.rejectUnknown(known: KnownKeys.tls)
        mapping.rejectEmpty(KnownKeys.tls)
        if mapping.entries.isEmpty {
            problems.error(
                mapping.location, "`server.tls` names no files", fix: "tls: {certificate: server.crt, key: server.key}")
        }
        tls.certificate = path("certificate", mapping) ?? tls.certificate
        tls.key = path("key", mapping) ?? tls.key
    }

    private func isIPv6(_ host: String) -> Bool {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : Substring(host)
        return bare.count(where: { $0 == ":" }) >= 2 && bare.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }

    private func size(_ key: String, _ section: Section) -> Int? {
        guard let bytes = section.bytes(key) else { return nil }
        // Below 1 KiB not even a short chat request fits; above 1 TiB it is a slip of the pen.
        guard (1024...(1 << 40)).contains(bytes) else {
            if let entry = section.entry(key) { section.expected("1KiB to 1TiB", entry) }
            return nil
        }
        return bytes
    }

    private func timeout(_ key: String, _ section: Section) -> Duration? {
        guard let duration = section.duration(key) else { return nil }
        guard duration > .zero else {
            if let entry = section.entry(key) {
                section.expected("longer than nothing", entry, fix: "write, for example: \(key): 30s")
            }
            return nil
        }
        return duration
    }
}
