internal import NIOCore
internal import RoundhouseCore
internal import RoundhouseWorkers

/// Everything that requests are decided by, immutable. Each loop holds a reference; a reload replaces it as a whole.
final class Snapshot: Sendable {
    let settings: ServerSettings
    let router: Router
    let keys: KeyRing
    /// Callers without a key may do everything: a loopback bind while there are no keys. On any other bind nobody may do
    /// anything once the last key is revoked.
    let isOpen: Bool
    /// Callers without a valid key may use models (`--allow-anonymous`), and nothing else.
    let allowsAnonymous: Bool
    /// Whether `Host` is checked, because the bind is a loopback one.
    let checksHost: Bool
    let workers: WorkerPool
    /// `x-roundhouse-model` and `x-roundhouse-backend` lines, for each model.
    let modelHeaders: [[UInt8]]
    /// Whether requests leave this machine, for each model.
    let leavesTheBox: [Bool]
    /// The context of each model, where it is known for sure.
    let contexts: [Int?]
    /// What the relay asks of each model's engine.
    let habits: [RelayHabits]
    /// Upstream request parts that never change, for each model.
    let upstreams: [UpstreamTemplate]
    /// The same for forms.
    let formUpstreams: [UpstreamTemplate]
    /// The same for APIs of other dialects that an engine has itself.
    let nativeUpstreams: [UpstreamTemplate]
    /// What callers without a key may use.
    let openGrant: Grant
    /// The limits of each model, where it has any.
    let modelLimits: [LimitSubject?]
    /// Everything that is limited.
    let limits: LimitBook
    /// What is known of attached models' endpoints.
    let endpoints: EndpointBook
    /// The endpoints of each model, where a request has a choice.
    let endpointSets: [EndpointSet?]
    /// What requests for each model usually take.
    let estimators: [UsageEstimator]
    /// Whether anybody asks the estimators.
    let hasLimits: Bool
    let version: String

    /// What the files say.
    let configuration: Configuration
    private let grants: [String: Grant]

    init(
        configuration: Configuration, keys: KeyRing, allowsAnonymous: Bool, workers: WorkerPool, limits: LimitBook,
        endpoints: EndpointBook, version: String
    ) {
        self.configuration = configuration
        self.limits = limits
        self.endpoints = endpoints
        estimators = configuration.models.map { limits.estimator(model: $0.name) }
        var maker = GrantMaker(configuration: configuration, book: limits)
        grants = Dictionary(keys.all.map { ($0.id, maker.grant(for: $0)) }) { first, _ in first }
        openGrant = maker.open()
        modelLimits = maker.modelLimits()
        hasLimits =
            modelLimits.contains { $0 != nil }
            || grants.values.contains { $0.keyLimits != nil || $0.teamLimits != nil }
            || openGrant.keyLimits != nil || openGrant.teamLimits != nil
        self.allowsAnonymous = allowsAnonymous
        settings = configuration.server
        router = Router(models: configuration.models.map(workers.learnt), routes: configuration.routes)
        endpointSets = endpoints.sets(router)
        self.keys = keys
        let isLoopback = BindGuard.isLoopback(settings.host)
        isOpen = keys.isEmpty && isLoopback
        checksHost = isLoopback
        self.workers = workers
        self.version = version
        modelHeaders = configuration.models.map { model in
            Array(
                "x-roundhouse-model: \(model.name.headerSafe)\r\nx-roundhouse-backend: \(model.profile.name)\r\n".utf8)
        }
        leavesTheBox = configuration.models.map(\.leavesTheHouse)
        contexts = configuration.models.map(\.context)
        habits = configuration.models.map { RelayHabits($0) }
        upstreams = configuration.models.map { UpstreamTemplate($0, version: version) }
        formUpstreams = configuration.models.map { UpstreamTemplate(form: $0, version: version) }
        nativeUpstreams = configuration.models.map { UpstreamTemplate(native: $0, version: version) }
    }

    /// The same with other files and keys.
    func with(_ configuration: Configuration, keys: KeyRing) -> Snapshot {
        Snapshot(
            configuration: configuration, keys: keys, allowsAnonymous: allowsAnonymous, workers: workers,
            limits: limits, endpoints: endpoints, version: version)
    }

    /// Forgets limits of what is not in the files any more.
    func forgetOtherLimits() {
        let ofCallers = grants.values.flatMap { [$0.keyLimits, $0.teamLimits] } + modelLimits
        limits.retain(only: ofCallers.compactMap { $0 }, models: Set(router.models.map(\.name)))
    }

    /// How each endpoint is doing among which requests have a choice.
    var endpointGauges: [GatewayMetrics.EndpointGauge] {
        let now = NIODeadline.now().nanoseconds
        return zip(router.models, endpointSets).flatMap { model, set in
            (set?.readings(now: now) ?? []).map { reading in
                GatewayMetrics.EndpointGauge(
                    model: model.name, endpoint: reading.endpoint.address.shown, state: reading.state,
                    active: reading.outstanding, wait: reading.wait)
            }
        }
    }

    /// What a key may use.
    func grant(of key: APIKey) -> Grant { grants[key.id] ?? openGrant }
}

/// The habits of an engine that every request asks for, apart from the rest: a model is large, and its copies are not for the hot path.
struct RelayHabits: Sendable {
    let reportsStreamUsage: Bool
    let endsStreamsWithDone: Bool
    let marksAborts: Bool
    let translatesAnswers: Bool
    let cancelsOnlyStreams: Bool
    let fields: FieldPolicy
    /// The same for requests that were made out of another dialect's.
    let translatedFields: FieldPolicy
    let nativePaths: [String]
    let ignoredFields: [String]
    let countsOneChoice: Bool

    /// Whether media must be in the request itself.
    let refusesRemoteMedia: Bool

    init(_ model: Model) {
        let profile = model.profile
        refusesRemoteMedia = model.refusesRemoteMedia
        reportsStreamUsage = profile.reportsStreamUsage
        endsStreamsWithDone = profile.endsStreamsWithDone
        marksAborts = profile.marksAborts
        translatesAnswers = profile.translatesAnswers
        cancelsOnlyStreams = profile.cancelsOnlyStreams
        fields = profile.fields
        translatedFields = profile.fields(ofTranslated: model.leavesTheHouse)
        nativePaths = profile.nativePaths
        ignoredFields = profile.ignoredFields
        countsOneChoice = profile.countsOneChoice
    }

    /// What has to be done to the engine's answers; nil if they pass as they are.
    func translator(model: String, stream: Bool, includeUsage: Bool, for api: InferenceAPI) -> (any AnswerTranslator)? {
        guard translatesAnswers, api.streams else { return nil }
        return stream
            ? StreamNormalizer(model: model, includeUsage: includeUsage)
            : cancelsOnlyStreams ? AnswerAssembler(model: model) : nil
    }
}

/// What goes upstream the same way with every request for a model.
struct UpstreamTemplate: Sendable {
    /// Header lines: agent, types, credentials.
    let headers: [UInt8]
    /// The model's name upstream, as it stands in the body: the content of a JSON string, or of a form's part.
    let modelName: [UInt8]

    init(_ model: Model, version: String) {
        headers = Self.headers(model, version, Self.jsonTypes)
        modelName = JSONText.escaped(model.upstreamName)
    }

    /// The template for forms, whose type has a boundary of its own each time, and whose answers may be any text.
    init(form model: Model, version: String) {
        headers = Self.headers(model, version, "accept: */*\r\n")
        modelName = Array(model.upstreamName.utf8)
    }

    /// The template for APIs of other dialects that the engine has itself.
    init(native model: Model, version: String) {
        headers = Self.headers(model, version, Self.jsonTypes, keyHeader: model.profile.nativeKeyHeader)
        modelName = JSONText.escaped(model.upstreamName)
    }

    private static let jsonTypes = "content-type: application/json\r\naccept: application/json, text/event-stream\r\n"

    private static func headers(
        _ model: Model, _ version: String, _ types: String, keyHeader: String? = nil
    ) -> [UInt8] {
        var lines = "user-agent: roundhouse/\(version)\r\n\(types)accept-encoding: identity\r\n"
        if let key = model.apiKey { lines += "\(keyHeader ?? "authorization: Bearer ")\(key.reveal())\r\n" }
        return Array(lines.utf8)
    }
}
