internal import RoundhouseCore

/// What `config/roundhouse.yaml` and the environment say, before paths are made absolute.
struct GatewaySettings {
    var server = ServerSettings()
    var accessLog = AccessLogDestination.standardOutput
    var data: String?
}

/// Reads `config/roundhouse.yaml`.
struct ServerParser {
    let problems: Problems

    /// Takes the file's one document into `settings`.
    func read(_ value: YAMLValue, into settings: inout GatewaySettings) {
        guard case .mapping(let written) = value.content else {
            problems.error(
                value.location, "the file must be a mapping of keys, found \(value.found)",
                fix: "write, for example:\nserver:\n  port: 8080")
            return
        }
        let entries = LostIndentation.repair(
            written, sections: [("server", KnownKeys.server), ("log", KnownKeys.log)], known: KnownKeys.roundhouse,
            problems: problems)
        let top = Section(entries: entries, location: value.location, problems: problems)
        top.rejectUnknown(known: KnownKeys.roundhouse) { key in
            if key == "offline" {
                return KeyAdvice(
                    message: "`offline` is not in this version, and a promise about security must not be ignored",
                    fix: "remove it; this version itself fetches nothing but what `engines install` is told to",
                    isHarmless: false)
            }
            if KnownKeys.server.contains(key) {
                return KeyAdvice(
                    message: "`\(key)` belongs under `server:`", fix: "server:\n  \(key): ...", isHarmless: false)
            }
            if key == "models" || key == "name" {
                return KeyAdvice(
                    message: "models do not belong into this file",
                    fix: "write one file per model in the models folder",
                    isHarmless: false)
            }
            return nil
        }
        for (key, effect) in [
            ("memory", "memory is not budgeted"), ("teams", "every key may use every model, without limits"),
        ] where top.entry(key) != nil {
            problems.warning(top.entry(key)?.location, "`\(key)` is not in this version: \(effect)", fix: "remove it")
        }
        if let server = top.section("server") {
            server.rejectUnknown(known: KnownKeys.server)
            readServer(server, &settings.server)
        }
        if let log = top.section("log") {
            log.rejectUnknown(known: KnownKeys.log)
            readLog(log, &settings)
        }
        settings.data = top.text("data") ?? settings.data
    }

    /// The keys of `server:`, from the file or the environment.
    func readServer(_ section: Section, _ server: inout ServerSettings) {
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
        server.loops = section.int("loops", 1...1024) ?? server.loops
    }

    /// The keys of `log:`, from the file or the environment.
    func readLog(_ section: Section, _ settings: inout GatewaySettings) {
        switch section.text("access") {
        case nil: break
        case "stdout", "on", "true": settings.accessLog = .standardOutput
        case "off", "false", "no": settings.accessLog = .off
        case .some(let path): settings.accessLog = .file(path)
        }
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
