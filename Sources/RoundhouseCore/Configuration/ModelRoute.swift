/// A virtual model: an entry of `models/*.yaml` with `route` in the place of `backend`. It has a name that clients send, and
/// passes their requests on to other models.
public struct ModelRoute: Sendable, Equatable {
    /// What clients send, exactly; unique over models and routes, like `aliases`.
    public var name: String
    /// Further names for the same route.
    public var aliases: [String] = []
    /// Where the entry stands, for messages.
    public var source: SourceLocation
    /// Looked at in this order; the first whose condition holds decides.
    public var rules: [RouteRule] = []
    /// Tried in this order when what the rule came to cannot serve, or has failed before the first byte of an answer.
    public var fallback: [String] = []

    /// A route without rules.
    public init(name: String, source: SourceLocation) {
        self.name = name
        self.source = source
    }

    /// Names of everything that it may pass requests on to by name.
    public var targets: [String] {
        rules.flatMap { rule -> [String] in
            switch rule.target {
            case .name(let name): [name]
            case .split(let split): split.arms.map(\.name)
            case .capability: []
            }
        } + fallback
    }
}

/// One entry of `route`.
public struct RouteRule: Sendable, Equatable {
    /// What a request must be like; empty is any.
    public var condition: RouteCondition
    /// Where it goes then.
    public var target: RouteTarget
    /// Where the rule stands, for messages.
    public var source: SourceLocation

    /// Makes a rule.
    public init(_ condition: RouteCondition = RouteCondition(), to target: RouteTarget, source: SourceLocation) {
        self.condition = condition
        self.target = target
        self.source = source
    }
}

/// Where a rule sends requests.
public enum RouteTarget: Sendable, Equatable {
    /// To a model or another route of this name or alias.
    case name(String)
    /// To one of several, by weight.
    case split(RouteSplit)
    /// To whichever model can do this and whatever else the request needs, the preferred one first.
    case capability(Capability, prefer: RoutePreference)
}

/// `split` and `sticky` of a rule.
public struct RouteSplit: Sendable, Equatable {
    /// One of the things that are compared.
    public struct Arm: Sendable, Equatable {
        /// A model or a route.
        public var name: String
        /// Its share is this over the sum of all weights. 0 takes part in nothing.
        public var weight: Int

        /// Makes an arm.
        public init(_ name: String, weight: Int) {
            self.name = name
            self.weight = weight
        }
    }

    /// In the order of the file; at least one has a weight above 0.
    public var arms: [Arm]
    /// What of a request stays with one arm; nil is nothing.
    public var sticky: RouteStickiness?

    /// Makes a split.
    public init(_ arms: [Arm], sticky: RouteStickiness? = nil) {
        self.arms = arms
        self.sticky = sticky
    }
}

/// What of a request stays with one arm, or with one endpoint.
public enum RouteStickiness: String, Sendable, CaseIterable {
    /// The API key; for callers without one, their address.
    case key
    /// The end user that the request names; the key where it names none.
    case user
    /// The conversation that the request names; the user where it names none.
    case session
}

/// Which of several models that can serve a request goes first.
public enum RoutePreference: String, Sendable, CaseIterable {
    /// Models of the house that have no price, then by price, then those outside whose price is unknown.
    case cheapest
    /// By the size of the weights, where it is known; the others behind.
    case smallest
    /// The same the other way round.
    case largest
    /// Those that are loaded, or need not be.
    case loaded
    /// By the tokens per second of their latest answers; those without any behind.
    case fastest
}

/// `when` of a rule: everything that is given must hold.
public struct RouteCondition: Sendable, Equatable {
    /// Patterns over the feature that the client named.
    public var features: NamePatterns?
    /// Patterns over the team of the caller's key.
    public var teams: NamePatterns?
    /// Patterns over the id of the caller's key.
    public var keys: NamePatterns?
    /// All of which the request must need.
    public var needs: RequestNeeds = []
    /// The prompt is expected to have more tokens than this.
    public var inputTokensOver: Int?
    /// The prompt is expected to have fewer tokens than this.
    public var inputTokensUnder: Int?
    /// The client allows an answer of more tokens than this; one that says nothing does not.
    public var maxTokensOver: Int?
    /// The client allows an answer of fewer tokens than this; one that says nothing does not.
    public var maxTokensUnder: Int?
    /// Whether a stream is asked for.
    public var stream: Bool?
    /// Request headers, in lower case, and patterns over their values.
    public var headers: [Header] = []

    /// A header that a request must have.
    public struct Header: Sendable, Equatable {
        /// In lower case.
        public var name: String
        /// Patterns over its value.
        public var values: NamePatterns

        /// Makes a header condition.
        public init(name: String, values: NamePatterns) {
            self.name = name
            self.values = values
        }
    }

    /// Holds for every request.
    public init() {}

    /// Whether it holds for every request.
    public var isEmpty: Bool { self == RouteCondition() }

    /// As the answer's `x-roundhouse-route` and the records say it: `feature=legal-review,needs=vision`.
    public var label: String {
        var parts: [String] = []
        func add(_ name: String, _ patterns: NamePatterns?) {
            if let patterns { parts.append("\(name)=\(patterns.patterns.joined(separator: "|"))") }
        }
        add("feature", features)
        add("team", teams)
        add("key", keys)
        if !needs.isEmpty { parts.append("needs=\(needs.words.joined(separator: "|"))") }
        if let inputTokensOver { parts.append("input_tokens>\(inputTokensOver)") }
        if let inputTokensUnder { parts.append("input_tokens<\(inputTokensUnder)") }
        if let maxTokensOver { parts.append("max_tokens>\(maxTokensOver)") }
        if let maxTokensUnder { parts.append("max_tokens<\(maxTokensUnder)") }
        if let stream { parts.append("stream=\(stream)") }
        for header in headers { add(header.name, header.values) }
        return parts.isEmpty ? "always" : parts.joined(separator: ",")
    }
}

/// What a request needs of a model besides the API itself.
public struct RequestNeeds: OptionSet, Sendable, Hashable {
    /// A bit for each.
    public let rawValue: UInt8

    /// Makes a set of its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// There are images in the prompt.
    public static let vision = RequestNeeds(rawValue: 1)
    /// There are definitions of tools.
    public static let tools = RequestNeeds(rawValue: 2)
    /// The answer shall follow a JSON schema.
    public static let jsonSchema = RequestNeeds(rawValue: 4)
    /// There is sound in the prompt.
    public static let audio = RequestNeeds(rawValue: 8)

    /// The words of `needs:` in a file, with what they mean.
    public static let named: [(word: String, need: RequestNeeds)] = [
        ("vision", .vision), ("tools", .tools), ("json_schema", .jsonSchema), ("audio", .audio),
    ]

    /// The words of those that are in it.
    public var words: [String] { Self.named.filter { contains($0.need) }.map(\.word) }
}
