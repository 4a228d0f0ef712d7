internal import NIOCore
internal import RoundhouseCore

/// Finds out who sends a request. One for each connection: a client sends the same key again and again, and hashing it
/// once a second is enough.
struct Authenticator {
    private var rememberedAuthorization: String?
    private var remembered: Caller?
    private var rememberedUntil = NIODeadline.uptimeNanoseconds(0)
    private var rememberedSnapshot: ObjectIdentifier?

    /// How long a key is remembered: it may expire, and other snapshots may revoke it.
    private static let memory = TimeAmount.seconds(1)

    /// Who sends a request, if they may use the route.
    mutating func caller(
        for facts: RequestFacts, route: Route, snapshot: Snapshot, now: NIODeadline
    ) throws(GatewayError) -> Caller {
        if route.access == .public || snapshot.isOpen { return Caller(principal: .local, grant: snapshot.openGrant) }
        if let remembered, facts.apiKeys.isEmpty, facts.authorization == rememberedAuthorization,
            now < rememberedUntil, rememberedSnapshot == ObjectIdentifier(snapshot)
        {
            return try check(remembered, route)
        }
        let secret: String
        switch Credentials.read(authorization: facts.authorization, keys: facts.apiKeys) {
        case .none:
            guard snapshot.allowsAnonymous, Principal.anonymous.may(route.access) else { throw .missingKey }
            return Caller(principal: .anonymous, grant: snapshot.openGrant)
        case .conflicting: throw .conflictingKeys
        case .secret(let given): secret = given
        }
        guard let key = snapshot.keys.key(forSecret: secret, now: WallClock.nanoseconds() / 1_000_000_000) else {
            guard snapshot.allowsAnonymous, Principal.anonymous.may(route.access) else { throw .invalidKey }
            return Caller(principal: .anonymous, grant: snapshot.openGrant)
        }
        let caller = Caller(
            principal: Principal(keyID: key.id, team: key.team, keyClass: key.keyClass), grant: snapshot.grant(of: key))
        if facts.apiKeys.isEmpty {
            rememberedAuthorization = facts.authorization
            remembered = caller
            rememberedUntil = now + Self.memory
            rememberedSnapshot = ObjectIdentifier(snapshot)
        }
        return try check(caller, route)
    }

    private func check(_ caller: Caller, _ route: Route) throws(GatewayError) -> Caller {
        let principal = caller.principal
        guard principal.may(route.access) else {
            throw .keyNotAllowed(
                "This key is of class \(principal.keyClass.rawValue); \(route.label) needs a key of class "
                    + "\(route.access.rawValue).")
        }
        return caller
    }
}

/// Who sends a request, and what they may use.
struct Caller {
    var principal: Principal
    var grant: Grant
}

/// Refuses requests to a loopback bind that a web page elsewhere has made a browser send. One for each connection, whose
/// requests all name the same host.
struct HostGuard {
    private var rememberedHost: String?

    mutating func check(_ facts: RequestFacts, _ snapshot: Snapshot) throws(GatewayError) {
        if let host = facts.host, host != rememberedHost {
            guard HostCheck.allows(host, allowed: snapshot.settings.allowedHosts) else { throw .hostNotAllowed(host) }
            rememberedHost = host
        }
        // Any page may POST to any address without asking; only its origin tells (Fetch, section 3.2).
        guard let origin = facts.origin, CORS.allowed(origin, snapshot.settings.corsOrigins) == nil else { return }
        let parts = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard parts.count == 2, HostCheck.allows(String(parts[1]), allowed: snapshot.settings.allowedHosts) else {
            throw .originNotAllowed(origin)
        }
    }
}
