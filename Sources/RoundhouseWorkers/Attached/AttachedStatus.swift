internal import RoundhouseCore

/// A model on an attached server that says what it has loaded, for `roundhouse ps`.
public struct AttachedStatus: Sendable, Codable, Equatable {
    /// Name of the model.
    public var model: String
    /// Name of the engine.
    public var backend: String
    /// `loaded`, `not loaded`, `missing`, `failed` where the server cannot be asked, or `unknown` before the first look.
    public var state: String
    /// Where the server is.
    public var server: String
    /// The model's name there.
    public var upstreamName: String
    /// Bytes that it takes altogether.
    public var size: Int?
    /// Those of them that are on a GPU.
    public var sizeOnGPU: Int?
    /// When it is unloaded unless it is used before, as the server writes it.
    public var until: String?
    /// Tokens that the model was made for.
    public var contextLength: Int?
    /// What the server says that it can do.
    public var capabilities: [String]?
    /// What is wrong, and what to do.
    public var problem: String?

    private enum CodingKeys: String, CodingKey {
        case model, backend, state, server, size, until, capabilities, problem
        case upstreamName = "upstream_name"
        case sizeOnGPU = "size_vram"
        case contextLength = "context_length"
    }

    init(_ model: Model, _ endpoint: Endpoint, _ entry: AttachedBook.Entry) {
        self.model = model.name
        backend = model.profile.name
        state =
            switch entry.isReached {
            case nil: "unknown"
            case false?: "failed"
            case true?: entry.isMissing ? "missing" : entry.loaded == nil ? "not loaded" : "loaded"
            }
        server = endpoint.address.shown
        upstreamName = model.upstreamName
        size = entry.loaded?.size
        sizeOnGPU = entry.loaded?.sizeOnGPU
        until = entry.loaded?.until
        contextLength = entry.details?.contextLength
        capabilities = entry.details?.capabilities.map { known in
            Capability.allCases.filter(known.contains).map(\.rawValue)
        }
        problem = entry.problem
    }
}

/// One line of `roundhouse ps`.
public enum EngineStatus: Sendable, Codable {
    /// An engine that Roundhouse has started.
    case launched(WorkerStatus)
    /// A model on somebody else's server.
    case attached(AttachedStatus)

    private enum Mark: String, CodingKey { case server }

    /// Reads either kind: only one of them has a server.
    public init(from decoder: any Decoder) throws {
        let isAttached = try decoder.container(keyedBy: Mark.self).contains(.server)
        self = isAttached ? .attached(try AttachedStatus(from: decoder)) : .launched(try WorkerStatus(from: decoder))
    }

    /// Writes what it holds, without a word of its own.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .launched(let status): try status.encode(to: encoder)
        case .attached(let status): try status.encode(to: encoder)
        }
    }
}
