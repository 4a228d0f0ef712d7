/// The question where a request would go: who would make it, and of which API.
public struct RouteQuestion {
    /// What can be asked about.
    public struct World {
        /// What callers without a key may use.
        public var open: Grant
        /// The key of an id, and what it may use.
        public var key: (String) -> (key: APIKey, grant: Grant)?
        /// What a key of a team may use.
        public var team: (String) -> Grant?
        /// What the API at a path asks of a model.
        public var capability: (String) -> Capability?

        /// Makes a world.
        public init(
            open: Grant, key: @escaping (String) -> (key: APIKey, grant: Grant)?, team: @escaping (String) -> Grant?,
            capability: @escaping (String) -> Capability?
        ) {
            self.open = open
            self.key = key
            self.team = team
            self.capability = capability
        }
    }

    private var model: String?
    private var caller = RoutingCaller()
    private var grant: Grant
    private var capability = Capability.chat

    /// Reads a question: `model` (where the body's own is not meant), `feature`, `key`, `team`, `path` of the API, and any number of
    /// `header` as `name:value`.
    /// - Throws: `invalidBody`, naming what is wrong.
    public init(_ parameters: [(name: String, value: String)], in world: World) throws(GatewayError) {
        grant = world.open
        var headers: [String: String] = [:]
        for (name, value) in parameters {
            switch name {
            case "model": model = value
            case "feature": caller.feature = value
            case "key":
                guard let found = world.key(value) else {
                    throw Self.wrong("key", "There is no key \(value.quotedForMessage).")
                }
                caller.key = found.key.id
                caller.team = caller.team ?? found.key.team
                grant = found.grant
            case "team":
                guard let found = world.team(value) else {
                    throw Self.wrong("team", "There is no team \(value.quotedForMessage).")
                }
                if caller.key == nil { grant = found }
                caller.team = value
            case "path":
                guard let found = world.capability(value) else {
                    throw Self.wrong("path", "There is no API for models at \(value.quotedForMessage).")
                }
                capability = found
            case "header":
                let parts = value.split(separator: ":", maxSplits: 1).map(String.init)
                guard parts.count == 2 else {
                    throw Self.wrong("header", "A header is written as name:value, not as \(value.quotedForMessage).")
                }
                headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
            default: throw Self.wrong(name, "There is no parameter \(name.quotedForMessage).")
            }
        }
        caller.header = { headers[$0] }
    }

    private static func wrong(_ parameter: String, _ message: String) -> GatewayError {
        .invalidBody(message: message, parameter: parameter)
    }

    /// Answers it for a request with this body.
    /// - Throws: what is wrong with the body.
    public func answer(
        _ envelope: RequestEnvelope, in body: UnsafeRawBufferPointer, router: Router, moment: borrowing RoutingMoment,
        draw: UInt64
    ) throws(GatewayError) -> RouteExplanation {
        func text(_ range: Range<Int>) -> String {
            String(decoding: UnsafeRawBufferPointer(rebasing: body[range]), as: UTF8.self)
        }
        guard let name = model ?? envelope.model.map(text) else { throw .missingModel }
        var caller = caller
        if caller.feature == nil { caller.feature = envelope.feature.map(text) }
        let request = RoutingRequest(
            capability, envelope, in: body, from: caller, leastContext: router.table.leastContext, draw: draw)
        return RouteExplanation(name, request, router: router, grant: grant, moment: moment)
    }
}
