internal import NIOCore
internal import RoundhouseCore

/// Finds out who sends a request. One for each connection: a client sends the same key again and again, and hashing it
/// once a second is enough.
struct Authenticator {
    private var rememberedAuthorization: String?
    private var remembered: Principal?
    private var rememberedUntil = NIODeadline.uptimeNanoseconds(0)
    private var rememberedSnapshot: ObjectIdentifier?

    /// How long a key is remembered: it may expire, and other snapshots may revoke it.
    private static let memory = TimeAmount.seconds(1)

    /// Who sends a request, if they may use the route.
    mutating func principal(
        for facts: RequestFacts, route: Route, snapshot: Snapshot, now: NIODeadline
    ) throws(GatewayError) -> Principal {
        if route.access == .public || snapshot.isOpen { return .local }
        if let remembered, facts.apiKeys.isEmpty, facts.authorization == rememberedAuthorization,
            now < rememberedUntil, rememberedSnapshot == ObjectIdentifier(snapshot)
        {
            return try check(remembered, route)
        }
        let secret: String
        switch Credentials.read(authorization: facts.authorization, keys: facts.apiKeys) {
        case .none:
            guard snapshot.allowsAnonymous, Principal.anonymous.may(route.access) else { throw .missingKey }
            return .anonymous
        case .conflicting: throw .conflictingKeys
        case .secret(let given): secret = given
        }
        guard let key = snapshot.keys.key(forSecret: secret, now: WallClock.nanoseconds() / 1_000_000_000) else {
            guard snapshot.allowsAnonymous, Principal.anonymous.may(route.access) else { throw .invalidKey }
            return .anonymous
        }
        let principal = Principal(keyID: key.id, team: key.team, keyClass: key.keyClass)
        if facts.apiKeys.isEmpty {
            rememberedAuthorization = facts.authorization
            remembered = principal
            rememberedUntil = now + Self.memory
            rememberedSnapshot = ObjectIdentifier(snapshot)
        }
        return try check(principal, route)
    }

    private func check(_ principal: Principal, _ route: Route) throws(GatewayError) -> Principal {
        guard principal.may(route.access) else {
            throw .keyNotAllowed(
                "This key is of class \(principal.keyClass.rawValue); \(route.label) needs a key of class "
                    + "\(route.access.rawValue).")
        }
        return principal
    }
}

/// Refuses requests to a loopback bind that a web page elsewhere has made a browser send. One for each connection, whose
/// requests all name the same host.
struct HostGuard {
    private var rememberedHost: String?

    mutating func check(_ facts: RequestFacts, _ settings: ServerSettings) throws(GatewayError) {
        if let host = facts.host, host != rememberedHost {
            guard HostCheck.allows(host, allowed: settings.allowedHosts) else { throw .hostNotAllowed(host) }
            rememberedHost = host
        }
        // Any page may POST to any address without asking; only its origin tells (Fetch, section 3.2).
        guard let origin = facts.origin else { return }
        let parts = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard parts.count == 2, HostCheck.allows(String(parts[1]), allowed: settings.allowedHosts) else {
            throw .originNotAllowed(origin)
        }
    }
}
