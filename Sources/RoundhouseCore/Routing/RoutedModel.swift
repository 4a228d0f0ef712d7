/// What a route asks of a model, apart from the rest: a model is large, and its copies are not for the hot path.
public final class RoutedModel: Sendable {
    let name: String
    let capabilities: CapabilitySet
    let context: Int?
    let leavesTheHouse: Bool
    let isUnavailable: Bool
    let refusesRemoteMedia: Bool
    let takesSchema: Bool

    init(_ model: Model) {
        name = model.name
        capabilities = model.capabilities
        context = model.context
        leavesTheHouse = model.leavesTheHouse
        isUnavailable = model.unavailable != nil
        refusesRemoteMedia = model.refusesRemoteMedia
        takesSchema = model.profile.acceptedFields?.contains("response_format") ?? true
    }

    /// Why it must not get a request; nil if it may. What is expected of the prompt's length and what the moment brings (`resting`)
    /// is not in it.
    @inline(__always)
    func obstacle(_ request: borrowing RoutingRequest, index: Int, grant: Grant) -> RouteObstacle? {
        guard grant.allows(index) else { return .notAllowed }
        if isUnavailable { return .unavailable }
        guard capabilities.contains(request.capability) else { return .cannot(request.capability.rawValue) }
        if !request.needs.isEmpty {
            if request.needs.contains(.vision), !capabilities.contains(.vision) { return .cannot("vision") }
            if request.needs.contains(.tools), !capabilities.contains(.tools) { return .cannot("tools") }
            if request.needs.contains(.jsonSchema), !takesSchema { return .cannot("json_schema") }
        }
        if request.hasRemoteMedia, refusesRemoteMedia { return .remoteMedia }
        if leavesTheHouse, let why = grant.localOnly { return .mustStay(why) }
        if let context, request.leastInputTokens > context { return .tooLong(request.leastInputTokens, context) }
        return nil
    }
}

extension Model {
    /// Whether media must be in the request itself, because whoever would fetch it is an engine on this machine.
    public var refusesRemoteMedia: Bool {
        if case .launched = placement { !fetchesMedia } else { false }
    }
}

/// Why a candidate does not get a request.
public enum RouteObstacle: Sendable, Equatable {
    /// The caller may not use it.
    case notAllowed
    /// Its weights or its engine are missing here, or it is switched off.
    case unavailable
    /// It cannot do this.
    case cannot(String)
    /// It must not fetch what the request names by URL.
    case remoteMedia
    /// The request must stay in the house, and it is not in it.
    case mustStay(Grant.LocalOnly)
    /// The prompt has more tokens than its context.
    case tooLong(Int, Int)
    /// It failed too often, or asked for a pause; seconds until it is tried again.
    case resting(Int)

    /// A part of a sentence: `cannot do vision`.
    public var explanation: String {
        switch self {
        case .notAllowed: "the caller may not use it"
        case .unavailable: "it is not available on this machine"
        case .cannot(let what): "it cannot do \(what)"
        case .remoteMedia: "it must not fetch media by URL (fetch_media)"
        case .mustStay(.offline): "it is outside, and offline: true keeps all requests in the house"
        case .mustStay(.team(let name)): "it is outside, and the team \(name) is local_only"
        case .mustStay(.key(let id)): "it is outside, and the key \(id) is local_only"
        case .tooLong(let tokens, let context):
            "a prompt of about \(tokens) tokens does not fit its context of \(context)"
        case .resting(let seconds): "it has failed and is tried again in \(seconds) s"
        }
    }
}
