internal import FoundationEssentials
internal import RoundhouseCore
internal import RoundhouseWorkers

#if canImport(Glibc)
private import Glibc
#endif

/// Answers the routes that need no model.
enum LocalResponder {
    static func answer(_ route: Route, _ request: CurrentRequest, _ context: LoopContext) -> LocalAnswer {
        let snapshot = context.snapshot
        switch route.action {
        case .listModels: return LocalAnswer(body: ModelList.all(snapshot.router, request.grant))
        case .showModel:
            let prefix = route.path.dropLast()
            let name = PercentEncoding.decoded((request.facts?.path ?? "").dropFirst(prefix.count))
            guard snapshot.router.isVisible(name, to: request.grant) else {
                return LocalAnswer(.unknownModel(name, nearest: snapshot.router.nearest(to: name, for: request.grant)))
            }
            return LocalAnswer(body: ModelList.one(name))
        case .health: return LocalAnswer(body: Array(#"{"status":"ok"}"#.utf8))
        case .ready: return ready(context)
        case .version:
            let version = String(decoding: JSONText.quoted(snapshot.version), as: UTF8.self)
            return LocalAnswer(body: Array(#"{"name":"roundhouse","version":\#(version)}"#.utf8))
        case .metrics:
            return LocalAnswer(
                contentType: "text/plain; version=0.0.4; charset=utf-8", body: context.shared.renderMetrics(snapshot))
        case .workers: return json("list of workers", snapshot.workers.engines)
        case .endpoints: return json("list of endpoints", snapshot.endpointGauges)
        case .limits: return json("limits", LimitStatus.all(snapshot.limits))
        case .page(let page): return answer(page, request, context)
        case .admin, .picture, .kept: return LocalAnswer(.internalError("A route without its service."))
        case .inference: return LocalAnswer(.internalError("An inference route without an exchange."))
        }
    }

    private static func answer(_ page: DialectPage, _ request: CurrentRequest, _ context: LoopContext) -> LocalAnswer {
        let snapshot = context.snapshot
        let cards = page.isPublic ? [] : cards(snapshot, request.grant)
        return LocalAnswer(
            status: page.status, contentType: page.isText ? "text/plain; charset=utf-8" : "application/json",
            body: page.body(DialectPage.Facts(models: cards, version: snapshot.version)))
    }

    /// The models that a caller may use, with what is known of their engines.
    private static func cards(_ snapshot: Snapshot, _ grant: Grant) -> [ModelCard] {
        let running = Dictionary(snapshot.workers.status().map { ($0.model, $0) }) { first, _ in first }
        return snapshot.router.models.enumerated().filter { grant.allows($0.offset) }.map { _, model in
            var card = ModelCard(model)
            if let worker = running[model.name], worker.state == "ready" {
                card.isLoaded = true
                card.expiresAt = worker.unloadsIn.map { WallClock.nanoseconds() + Int64($0) * 1_000_000_000 }
            }
            return card
        } + snapshot.router.routes.indices.compactMap { snapshot.router.card(ofRoute: $0, for: grant) }
    }

    /// Green when the models with `warm_up` have become ready or have failed: one broken model must not keep a load
    /// balancer from the others. Everybody may ask, so that what failed is only counted; `ps` and the log name it.
    private static func ready(_ context: LoopContext) -> LocalAnswer {
        let workers = context.snapshot.workers
        if context.isStopping {
            return LocalAnswer(status: 503, body: Array(#"{"status":"stopping"}"#.utf8))
        }
        guard workers.isWarm else {
            return LocalAnswer(status: 503, body: Array(#"{"status":"warming up"}"#.utf8))
        }
        let failed = workers.warmUpProblems().count
        return LocalAnswer(body: Array(#"{"status":"ready","failed_warm_ups":\#(failed)}"#.utf8))
    }

    private static func json(_ what: String, _ value: some Encodable) -> LocalAnswer {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
            return LocalAnswer(body: Array(try encoder.encode(value)))
        } catch {
            return LocalAnswer(.internalError("The \(what) cannot be encoded: \(error)"))
        }
    }
}

/// `/v1/models` as OpenAI answers it. `created` is when this gateway started: the files do not say.
enum ModelList {
    static let created = WallClock.nanoseconds() / 1_000_000_000

    static func all(_ router: Router, _ grant: Grant) -> [UInt8] {
        var bytes = Array(#"{"object":"list","data":["#.utf8)
        var isFirst = true
        for name in router.names(for: grant) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes += one(name)
        }
        bytes += Array("]}".utf8)
        return bytes
    }

    static func one(_ name: String) -> [UInt8] {
        Array(#"{"id":"#.utf8) + JSONText.quoted(name)
            + Array(#","object":"model","created":\#(created),"owned_by":"roundhouse"}"#.utf8)
    }
}
