internal import NIOHTTP1
public import RoundhouseCore

/// One row of the route table.
public final class Route: Sendable {
    /// What answers.
    enum Action: Sendable {
        case inference(InferenceAPI)
        case listModels, showModel
        case health, ready, version, metrics
        case workers, limits, endpoints
        case picture
        case page(DialectPage)
        case admin(AdminCall)
        /// What is kept of a dialect's answers.
        case kept(any DialectKeeping)
    }

    /// The method that it answers to; GET also answers HEAD.
    public let method: String
    /// The path; a `*` at its end stands for the rest of the path, slashes included.
    public let path: String
    /// Who may use it.
    public let access: RouteAccess
    let action: Action
    /// `POST /v1/chat/completions`, as the access log and the metrics name it.
    let label: String

    init(_ method: String, _ path: String, _ access: RouteAccess, _ action: Action) {
        self.method = method
        self.path = path
        self.access = access
        self.action = action
        self.label = method + " " + path
    }
}

/// An API whose requests go to a model. A class, because every request refers to one.
final class InferenceAPI: Sendable {
    /// What stands behind an endpoint's base path.
    let upstreamPath: String
    /// What a model must be able to do.
    let capability: Capability
    /// Whether the answer can be a stream that ends with usage in tokens.
    let streams: Bool
    /// What a request is counted in besides tokens.
    let unit: Unit?
    /// Whether the request is a form with a file in it, and not JSON.
    let isUpload: Bool
    /// Where it is of another dialect: what it is there.
    let other: DialectAPI?
    /// Whether the request is only asked about: where it would go.
    let isExplained: Bool

    init(
        upstreamPath: String, capability: Capability, streams: Bool, unit: Unit? = nil, isUpload: Bool = false,
        other: DialectAPI? = nil, isExplained: Bool = false
    ) {
        self.isExplained = isExplained
        self.upstreamPath = upstreamPath
        self.capability = capability
        self.streams = streams
        self.unit = unit
        self.isUpload = isUpload
        self.other = other
    }

    /// The same as it is in another dialect.
    func speaking(_ other: DialectAPI) -> InferenceAPI {
        InferenceAPI(upstreamPath: upstreamPath, capability: capability, streams: streams, other: other)
    }

    /// Whether an answer can be something else than JSON and events.
    var answersAnything: Bool { hears || capability == .speech }

    /// Whether the answer is about recorded speech.
    var hears: Bool { capability == .transcription || capability == .translation }

    /// Units that are known before an engine has answered.
    enum Unit: Sendable {
        /// Of the text in `input`.
        case characters
        /// As many as `n` says, or one.
        case images
    }
}

extension Route {
    private static let chat = InferenceAPI(upstreamPath: "/chat/completions", capability: .chat, streams: true)
    private static let completion = InferenceAPI(upstreamPath: "/completions", capability: .completion, streams: true)
    private static let embeddings = InferenceAPI(upstreamPath: "/embeddings", capability: .embeddings, streams: false)
    private static let transcription = InferenceAPI(
        upstreamPath: "/audio/transcriptions", capability: .transcription, streams: false, isUpload: true)
    private static let translation = InferenceAPI(
        upstreamPath: "/audio/translations", capability: .translation, streams: false, isUpload: true)
    private static let imageEdit = InferenceAPI(
        upstreamPath: "/images/edits", capability: .imageEdit, streams: false, unit: .images, isUpload: true)
    private static let rerank = InferenceAPI(upstreamPath: "/rerank", capability: .rerank, streams: false)
    private static let moderation = InferenceAPI(upstreamPath: "/moderations", capability: .moderation, streams: false)
    private static let speech = InferenceAPI(
        upstreamPath: "/audio/speech", capability: .speech, streams: false, unit: .characters)
    private static let image = InferenceAPI(
        upstreamPath: "/images/generations", capability: .image, streams: false, unit: .images)

    private static let explanation = InferenceAPI(
        upstreamPath: "", capability: .chat, streams: false, isExplained: true)

    /// Every path that the gateway answers, and who may use it.
    public static let table: [Route] =
        ownTable
        + DialectAPI.all(clock: WallClock.nanoseconds).map { other in
            let api =
                switch other.engine {
                case .chat: chat
                case .embeddings: embeddings
                }
            return Route("POST", other.path, .inference, .inference(api.speaking(other)))
        }
        + DialectAPI.all(clock: WallClock.nanoseconds).flatMap { other -> [Route] in
            guard let keeping = other.keeping else { return [] }
            return ["GET", "DELETE", "POST"].map { Route($0, other.path + "/*", .inference, .kept(keeping)) }
        }
        + DialectPage.all.map { Route($0.method, $0.path, $0.isPublic ? .public : .inference, .page($0)) }

    private static let ownTable: [Route] = [
        Route("POST", "/v1/chat/completions", .inference, .inference(chat)),
        Route("POST", "/chat/completions", .inference, .inference(chat)),
        Route("POST", "/v1/completions", .inference, .inference(completion)),
        Route("POST", "/completions", .inference, .inference(completion)),
        Route("POST", "/v1/embeddings", .inference, .inference(embeddings)),
        Route("POST", "/embeddings", .inference, .inference(embeddings)),
        Route("POST", "/v1/audio/transcriptions", .inference, .inference(transcription)),
        Route("POST", "/audio/transcriptions", .inference, .inference(transcription)),
        Route("POST", "/v1/audio/translations", .inference, .inference(translation)),
        Route("POST", "/audio/translations", .inference, .inference(translation)),
        Route("POST", "/v1/images/edits", .inference, .inference(imageEdit)),
        Route("POST", "/images/edits", .inference, .inference(imageEdit)),
        Route("POST", "/v1/rerank", .inference, .inference(rerank)),
        Route("POST", "/rerank", .inference, .inference(rerank)),
        Route("POST", "/v1/moderations", .inference, .inference(moderation)),
        Route("POST", "/moderations", .inference, .inference(moderation)),
        Route("POST", "/v1/audio/speech", .inference, .inference(speech)),
        Route("POST", "/audio/speech", .inference, .inference(speech)),
        Route("POST", "/v1/images/generations", .inference, .inference(image)),
        Route("POST", "/images/generations", .inference, .inference(image)),
        Route("GET", "/v1/models", .inference, .listModels),
        Route("GET", "/models", .inference, .listModels),
        Route("GET", "/v1/models/*", .inference, .showModel),
        Route("GET", "/models/*", .inference, .showModel),
        // Whoever has the name of a picture may see it: nobody can guess one.
        Route("GET", "/v1/files/images/*", .public, .picture),
        Route("GET", "/healthz", .public, .health),
        Route("GET", "/readyz", .public, .ready),
        Route("GET", "/version", .public, .version),
        Route("GET", "/metrics", .metrics, .metrics),
        Route("GET", "/admin/workers", .admin, .workers),
        Route("GET", "/admin/limits", .admin, .limits),
        Route("GET", "/admin/endpoints", .admin, .endpoints),
        Route("POST", "/admin/route", .admin, .inference(explanation)),
        Route("GET", "/admin/usage", .admin, .admin(.usage)),
        Route("GET", "/admin/audit", .admin, .admin(.audit)),
        Route("GET", "/admin/configuration", .admin, .admin(.configuration)),
        Route("POST", "/admin/reload", .admin, .admin(.reload)),
        Route("GET", "/admin/memory", .admin, .admin(.memory)),
        Route("GET", "/admin/logs", .admin, .admin(.logs)),
        Route("POST", "/admin/models/load", .admin, .admin(.load)),
        Route("POST", "/admin/models/unload", .admin, .admin(.unload)),
    ]
}

/// The route table, arranged for looking up.
struct RouteIndex: Sendable {
    enum Match {
        case found(Int)
        case otherMethods(String)
        case none
    }

    private let exact: [String: [Int]]
    private let prefixes: [(prefix: String, index: Int)]
    private let table: [Route]

    init(_ table: [Route] = Route.table) {
        var exact: [String: [Int]] = [:]
        var prefixes: [(prefix: String, index: Int)] = []
        for (index, route) in table.enumerated() {
            if route.path.hasSuffix("*") {
                prefixes.append((String(route.path.dropLast()), index))
            } else {
                exact[route.path, default: []].append(index)
            }
        }
        self.exact = exact
        self.prefixes = prefixes
        self.table = table
    }

    subscript(index: Int) -> Route { table[index] }

    /// The row for a method and a path without its query.
    func match(method: HTTPMethod, path: String) -> Match {
        var candidates = exact[path] ?? []
        if candidates.isEmpty {
            candidates = prefixes.filter { path.hasPrefix($0.prefix) && path.utf8.count > $0.prefix.utf8.count }.map(
                \.index)
        }
        if candidates.isEmpty { return .none }
        for index in candidates where table[index].answers(method) { return .found(index) }
        let methods = candidates.flatMap { table[$0].method == "GET" ? ["GET", "HEAD"] : [table[$0].method] }
        return .otherMethods(methods.joined(separator: ", "))
    }
}

extension Route {
    /// Whether it answers to a method.
    func answers(_ wanted: HTTPMethod) -> Bool {
        method == wanted.rawValue || (method == "GET" && wanted == .HEAD)
    }
}
