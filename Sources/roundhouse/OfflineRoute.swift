internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseGateway
internal import RoundhouseWorkers

/// Says where requests would go by the files alone.
struct OfflineRoute {
    private let folders: FolderOptions

    init(_ folders: FolderOptions) { self.folders = folders }

    func explain(_ parameters: [(name: String, value: String)], body: [UInt8]) throws -> RouteExplanation {
        let templates = TemplateBook(path: DataFolder.templates(in: folders.loader().dataDirectory()))
        let result = folders.loader(MachineFacts(knowsTools: { templates.knowsTools($0) })).load()
        guard let configuration = result.configuration else {
            throw CommandFailure("The files have errors; `roundhouse check` lists them.")
        }
        do {
            let question = try RouteQuestion(parameters, in: world(configuration, result.keys))
            let router = Router(models: configuration.models, routes: configuration.routes)
            return try body.withUnsafeBytes { bytes in
                try question.answer(
                    try RequestEnvelope.scan(bytes), in: bytes, router: router, moment: RoutingMoment(),
                    draw: UInt64.random(in: 0...UInt64.max))
            }
        } catch let error as EnvelopeError {
            throw CommandFailure("The request is no such JSON: \(error.message)")
        } catch let error as GatewayError {
            throw CommandFailure(error.answer.message)
        }
    }

    private func world(_ configuration: Configuration, _ keys: [APIKey]) -> RouteQuestion.World {
        var maker = GrantMaker(configuration: configuration, book: LimitBook())
        let grants = Dictionary(keys.map { ($0.id, ($0, maker.grant(for: $0))) }) { first, _ in first }
        let teams = Dictionary(configuration.teams.map { ($0.name, maker.grant(ofTeam: $0.name)) }) { first, _ in first
        }
        return RouteQuestion.World(
            open: maker.open(), key: { grants[$0] }, team: { teams[$0] }, capability: Route.capability)
    }
}
