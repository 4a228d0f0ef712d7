internal import FoundationEssentials
internal import NIOCore
public import RoundhouseCore

extension Exchange {
    /// Where a request would go: the body is that request, and the URL says who would make it.
    func explain(_ envelope: RequestEnvelope) throws(GatewayError) -> [UInt8] {
        record.isInference = false
        let question = try RouteQuestion(URLQuery.parameters(facts.query), in: snapshot.world)
        let moment = context.moment(snapshot)
        let draw = context.nextDraw()
        let explanation = try body.withUnsafeReadableBytes { bytes throws(GatewayError) in
            try question.answer(envelope, in: bytes, router: snapshot.router, moment: moment, draw: draw)
        }
        do {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
            return Array(try encoder.encode(explanation))
        } catch {
            throw .internalError("The explanation cannot be encoded: \(error)")
        }
    }
}

extension Snapshot {
    /// Who can be asked about.
    fileprivate var world: RouteQuestion.World {
        RouteQuestion.World(
            open: openGrant,
            key: { id in self.keys.all.first { $0.id == id }.map { ($0, self.grant(of: $0)) } },
            team: { name in
                guard self.configuration.teams.contains(where: { $0.name == name }) else { return nil }
                var maker = GrantMaker(configuration: self.configuration, book: LimitBook())
                return maker.grant(ofTeam: name)
            }, capability: Route.capability)
    }
}

extension Route {
    /// What the API at a path asks of a model; nil if there is none.
    public static func capability(of path: String) -> Capability? {
        for route in table where route.path == path {
            if case .inference(let api) = route.action, !api.isExplained { return api.capability }
        }
        return nil
    }
}
