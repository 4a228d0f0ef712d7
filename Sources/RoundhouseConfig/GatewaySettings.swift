internal import RoundhouseCore

/// What `config/roundhouse.yaml` and the environment say, before paths are made absolute and names are compared with
/// the models.
struct GatewaySettings {
    var server = ServerSettings()
    var tls = TLSEntries()
    var accessLog = AccessLogDestination.standardOutput
    var data: String?
    var teams: [TeamEntry] = []
    /// Whether the teams could be read: otherwise nobody can say that one is missing.
    var knowsTeams = true
    var isOffline = false
    /// Where `offline` stands; nil if it comes from the environment.
    var offlineLocation: SourceLocation?
    var memory = MemorySettings()
    var ledger = LedgerSettings()
    var responses = ResponseSettings()
}
