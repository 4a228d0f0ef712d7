internal import RoundhouseCore

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
            written, sections: [("server", KnownKeys.server), ("log", KnownKeys.log)],
            known: KnownKeys.roundhouse,
            problems: problems)
        let top = Section(entries: entries, location: value.location, problems: problems)
        top.rejectUnknown(known: KnownKeys.roundhouse) { key in
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
        // An empty promise about what leaves the house is none.
        top.rejectEmpty(["offline"])
        if let server = top.section("server") {
            server.rejectUnknown(known: KnownKeys.server) { key in
                guard KnownKeys.tls.contains(key) else { return nil }
                return KeyAdvice(
                    message: "`server.\(key)` belongs under `tls:`", fix: "tls: {certificate: ..., key: ...}",
                    isHarmless: false)
            }
            server.rejectEmpty(["tls"])
            readServer(server, &settings)
        }
        if let log = top.section("log") {
            log.rejectUnknown(known: KnownKeys.log)
            readLog(log, &settings)
        }
        settings.data = top.text("data") ?? settings.data
        if let teams = top.section("teams") { settings.teams = TeamParser(problems: problems).teams(teams) }
        readOffline(top, &settings)
        if let memory = top.section("memory") {
            memory.rejectUnknown(known: KnownKeys.memory)
            memory.rejectEmpty(KnownKeys.memory)
            MemoryParser().read(memory, into: &settings.memory)
        }
        LedgerParser(problems: problems).read(top, into: &settings.ledger)
        if let section = top.section("responses") {
            section.rejectUnknown(known: KnownKeys.responses)
            settings.responses.isStoring = section.bool("store") ?? false
            settings.responses.retentionDays = section.days("retention") ?? settings.responses.retentionDays
        }
    }

    /// `offline`, from the file or the environment.
    func readOffline(_ section: Section, _ settings: inout GatewaySettings) {
        guard let isOffline = section.bool("offline") else { return }
        settings.isOffline = isOffline
        settings.offlineLocation = section.entry("offline")?.location
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
}
