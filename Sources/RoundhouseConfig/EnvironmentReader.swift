internal import RoundhouseCore

/// Reads the environment: `ROUNDHOUSE_SERVER_PORT` and its like, which win over the file, and LocalAI's names, which
/// win over the file as well, but not over ours.
struct EnvironmentReader {
    let environment: [String: String]
    let problems: Problems

    /// Takes what the environment says into `settings`.
    func read(into settings: inout GatewaySettings) {
        readAddress(into: &settings.server)
        let parser = ServerParser(problems: problems)
        parser.readServer(section("ROUNDHOUSE_SERVER_", keys: KnownKeys.serverVariables), &settings)
        parser.readLog(section("ROUNDHOUSE_LOG_", keys: KnownKeys.log), &settings)
        let top = Section(
            prefix: "ROUNDHOUSE_", entries: ["offline", "ledger"].compactMap { entry("ROUNDHOUSE_", $0) },
            location: nil,
            problems: problems)
        parser.readOffline(top, &settings)
        MemoryParser().read(section("ROUNDHOUSE_MEMORY_", keys: KnownKeys.memory), into: &settings.memory)
        let ledger = LedgerParser(problems: problems)
        ledger.readMode("ledger", top, into: &settings.ledger)
        ledger.readRetention(section("ROUNDHOUSE_LEDGER_", keys: ["retention"]), into: &settings.ledger)
    }

    /// The keys in LocalAI's `API_KEY`, which holds one or several with commas between.
    func keys() -> [Secret] {
        let text = value(["LOCALAI_API_KEY", "API_KEY"])?.value ?? ""
        return text.split(separator: ",").map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }.map(Secret.init)
    }

    /// The first of these variables that is set to something.
    func value(_ names: [String]) -> (name: String, value: String)? {
        for name in names {
            if let value = environment[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }

    private func section(_ prefix: String, keys: [String]) -> Section {
        var entries: [YAMLEntry] = []
        let names = keys.map { prefix + $0.uppercased() }
        for name in environment.keys.sorted() where name.hasPrefix(prefix) {
            guard let index = names.firstIndex(of: name) else {
                let nearest = NearestName.among(names, of: name, limit: 1).first
                problems.error(
                    nil, "unknown environment variable \(name)",
                    fix: nearest.map { "did you mean \($0)?" } ?? "known: \(names.joined(separator: ", "))")
                continue
            }
            if let entry = entry(prefix, keys[index]) { entries.append(entry) }
        }
        return Section(prefix: prefix, entries: entries, location: nil, problems: problems)
    }

    /// A variable as the entry of a key; nil if it is not set, or to nothing. Lists are written with commas.
    private func entry(_ prefix: String, _ key: String) -> YAMLEntry? {
        guard let value = environment[prefix + key.uppercased()], !value.isEmpty else { return nil }
        var content = YAMLValue.Content.scalar(value, plain: true)
        if prefix == "ROUNDHOUSE_SERVER_", KnownKeys.serverLists.contains(key) {
            let texts = value.split(separator: ",").map { $0.filter { $0 != " " } }
            content = .list(texts.map { YAMLValue(content: .scalar($0, plain: false)) })
        }
        return YAMLEntry(key: key, location: nil, value: YAMLValue(content: content))
    }

    /// LocalAI's `ADDRESS`: `:8080` is all interfaces, `host:port` one of them.
    private func readAddress(into server: inout ServerSettings) {
        guard let (name, address) = value(["LOCALAI_ADDRESS", "ADDRESS"]) else { return }
        let colon = address.lastIndex(of: ":")
        let host = colon.map { String(address[..<$0]) } ?? ""
        guard let colon, let port = Int(address[address.index(after: colon)...]), (0...65535).contains(port),
            !host.contains(where: { $0.isWhitespace || $0 == "/" || $0 == "@" })
        else {
            problems.warning(
                nil, "the environment variable \(name) is no address such as :8080 or 127.0.0.1:8080, and is not used",
                fix: "set ROUNDHOUSE_SERVER_HOST and ROUNDHOUSE_SERVER_PORT")
            return
        }
        server.host = host.isEmpty ? "0.0.0.0" : host.filter { $0 != "[" && $0 != "]" }
        server.port = port
        problems.note(nil, "listening address \(server.host) port \(port) taken from the environment variable \(name)")
    }
}
