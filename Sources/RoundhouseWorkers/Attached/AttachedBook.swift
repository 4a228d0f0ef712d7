internal import RoundhouseCore

/// What is known of attached models, each on each of its servers. Pure: it takes what was heard, and says what to ask and tell.
struct AttachedBook {
    /// A model on a server.
    struct Place: Hashable {
        var model: String
        var upstreamName: String
        var endpoint: Endpoint

        init(_ model: Model, _ endpoint: Endpoint) {
            self.model = model.name
            upstreamName = model.upstreamName
            self.endpoint = endpoint
        }
    }

    /// What is known of it there.
    struct Entry {
        var isReached: Bool?
        var details: NativeAPI.Details?
        var isMissing = false
        var loaded: NativeAPI.Loaded?
        /// What the server was told of this time in its memory.
        var told: Residence?
        var problem: String?
        /// Whether the files have been read since it was described.
        var isStale = false

        /// Whether the server is to be asked what the model can do.
        var isToBeDescribed: Bool { details == nil || problem != nil || isStale }
    }

    private(set) var models: [Model] = []
    private var entries: [Place: Entry] = [:]

    /// Takes up other models. What they can do is asked anew, and counts as it was known until then.
    mutating func apply(_ models: [Model]) {
        self.models = models
        let places = Set(models.flatMap { model in model.nativeEndpoints.map { Place(model, $0) } })
        entries = entries.filter { places.contains($0.key) }
        for place in entries.keys { entries[place]?.isStale = true }
    }

    subscript(_ place: Place) -> Entry {
        get { entries[place] ?? Entry() }
        set { entries[place] = newValue }
    }

    /// A server's list of what is in its memory.
    /// - Returns: what the server is to be told of this model.
    mutating func heard(_ loaded: [NativeAPI.Loaded], of model: Model, at place: Place) -> Residence? {
        guard let api = model.profile.native else { return nil }
        var entry = self[place]
        entry.isReached = true
        entry.loaded = loaded.first { api.isSame($0.name, model.upstreamName) }
        if entry.loaded == nil { entry.told = nil }
        self[place] = entry
        // Telling counts as a use of the model: once for each time that it is loaded.
        return entry.loaded != nil && entry.told != model.residence ? model.residence : nil
    }

    /// A server that cannot be asked.
    mutating func failed(_ why: String, at place: Place) {
        self[place].isReached = false
        self[place].loaded = nil
        self[place].problem = why
    }

    /// What a model can do, where its servers agree; nil if none has said it.
    func capabilities(of model: Model) -> CapabilitySet? {
        let said = model.nativeEndpoints.compactMap { self[Place(model, $0)].details?.capabilities }
        return said.dropFirst().reduce(said.first) { $0?.intersection($1) }
    }

    /// All of it, for people.
    var status: [AttachedStatus] {
        models.flatMap { model in
            model.nativeEndpoints.map { AttachedStatus(model, $0, self[Place(model, $0)]) }
        }
    }
}

extension Model {
    /// The servers that can be asked by the engine's own API; the client for that has no TLS.
    var nativeEndpoints: [Endpoint] {
        guard profile.native != nil, case .attached(let endpoints) = placement else { return [] }
        return endpoints.filter { !$0.isEncrypted }
    }
}
