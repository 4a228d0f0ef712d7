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
        parser.readServer(section("ROUNDHOUSE_SERVER_", keys: KnownKeys.server), &settings.server)
        parser.readLog(section("ROUNDHOUSE_LOG_", keys: KnownKeys.log), &settings)
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
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
            guard let index = names.firstIndex(of: name) else {
                let nearest = NearestName.among(names, of: name, limit: 1).first
                problems.error(
                    nil, "unknown environment variable \(name)",
                    fix: nearest.map { "did you mean \($0)?" } ?? "known: \(names.joined(separator: ", "))")
                continue
            }
            guard !value.isEmpty else { continue }
            let texts = keys[index] == "allowed_hosts" ? value.split(separator: ",").map { String($0) } : nil
            let content: YAMLValue.Content =
                if let texts {
                    .list(texts.map { YAMLValue(content: .scalar($0.filter { $0 != " " }, plain: false)) })
                } else {
                    .scalar(value, plain: true)
                }
            entries.append(YAMLEntry(key: keys[index], location: nil, value: YAMLValue(content: content)))
        }
        return Section(prefix: prefix, entries: entries, location: nil, problems: problems)
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
