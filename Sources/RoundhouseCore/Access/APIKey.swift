/// What a key may be used for.
public enum KeyClass: String, Sendable, CaseIterable {
    /// Requests to models, and the list of models.
    case inference
    /// `/metrics`.
    case metrics
    /// Everything.
    case admin
}

/// Who may use a path; each row of the route table has one.
public enum RouteAccess: String, Sendable {
    /// Everybody.
    case `public`
    /// Keys of class inference, and admins.
    case inference
    /// Keys of class metrics, and admins.
    case metrics
    /// Admins.
    case admin
}

/// A key as it is stored: never the secret.
public struct APIKey: Sendable, Equatable {
    /// Its name, in logs and lists: lower-case letters, digits and dashes.
    public var id: String
    /// The team it belongs to.
    public var team: String?
    /// What it may be used for.
    public var keyClass: KeyClass
    /// SHA-256 of the secret.
    public var hash: KeyHash
    /// When it stops working, in seconds since 1970.
    public var expires: Int64?
    /// Models that it may use, of those that its team may; nil is all of them, an empty list none.
    public var models: NamePatterns?
    /// How much it may ask for.
    public var limits = RateLimits()
    /// What it may spend.
    public var budget: BudgetLimit?
    /// Whether its requests must never leave this machine's own engines; its team's word counts too.
    public var localOnly = false
    /// Where its requests stand in queues; nil is where its team's stand.
    public var priority: Priority?

    /// Makes a key.
    public init(id: String, team: String? = nil, keyClass: KeyClass = .inference, hash: KeyHash, expires: Int64? = nil)
    {
        self.id = id
        self.team = team
        self.keyClass = keyClass
        self.hash = hash
        self.expires = expires
    }

    /// Whether `id` can be a key's id: it stands in logs, in YAML and in the secret itself.
    public static func isValid(id: String) -> Bool {
        guard let first = id.utf8.first, first != UInt8(ascii: "-"), id.utf8.count <= 48 else { return false }
        return id.utf8.allSatisfy { byte in
            (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || (byte >= 0x30 && byte <= 0x39)
                || byte == UInt8(ascii: "-")
        }
    }
}

/// Who a request comes from.
public struct Principal: Sendable, Equatable {
    /// The key's id; nil for callers without a key.
    public var keyID: String?
    /// The key's team.
    public var team: String?
    /// What it may do.
    public var keyClass: KeyClass

    /// Makes a principal.
    public init(keyID: String?, team: String?, keyClass: KeyClass) {
        self.keyID = keyID
        self.team = team
        self.keyClass = keyClass
    }

    /// Everybody where no key is asked for, and whoever may open the control socket.
    public static let local = Principal(keyID: nil, team: nil, keyClass: .admin)

    /// Everybody, on a gateway that was told to serve everybody.
    public static let anonymous = Principal(keyID: nil, team: nil, keyClass: .inference)

    /// Whether it may use a path.
    public func may(_ access: RouteAccess) -> Bool {
        switch (access, keyClass) {
        case (.public, _), (_, .admin), (.inference, .inference), (.metrics, .metrics): true
        default: false
        }
    }
}
