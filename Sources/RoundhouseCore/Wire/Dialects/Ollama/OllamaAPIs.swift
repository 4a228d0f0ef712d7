extension OllamaChat {
    /// The paths of Ollama's API that ask a model.
    static func apis(clock: @escaping @Sendable () -> Int64) -> [DialectAPI] {
        func api(_ path: String, _ engine: DialectAPI.Engine, _ dialect: any Dialect, _ ask: OllamaAsk.Path)
            -> DialectAPI
        {
            var api = DialectAPI(path: path, engine: engine, dialect: dialect)
            api.lookups = OllamaName.lookups
            api.ask = { body throws(EnvelopeError) in try OllamaAsk(body, path: ask) }
            return api
        }
        var show = DialectAPI(path: "/api/show", dialect: OllamaChat(clock: clock))
        show.lookups = OllamaName.lookups
        show.card = { OllamaLists.show(OllamaModel($0)) }
        return [
            api("/api/chat", .chat, OllamaChat(clock: clock), .chat),
            api("/api/generate", .chat, OllamaGenerate(clock: clock), .generate),
            api("/api/embed", .embeddings, OllamaEmbed(clock: clock), .embed),
            api("/api/embeddings", .embeddings, OllamaEmbeddings(), .embeddings), show,
        ]
    }

    /// The others: lists, and what a gateway has no answer to.
    static let pages: [DialectPage] = {
        var root = DialectPage("GET", "/") { _ in Array("Roundhouse is running".utf8) }
        root.isText = true
        root.isPublic = true
        var version = DialectPage("GET", "/api/version") { OllamaLists.version($0.version) }
        version.isPublic = true
        let tags = DialectPage("GET", "/api/tags") { facts in OllamaLists.tags(facts.models.map(OllamaModel.init)) }
        let loaded = DialectPage("GET", "/api/ps") { facts in
            OllamaLists.loaded(
                facts.models.filter(\.isLoaded).map { card in
                    OllamaLists.Loaded(model: OllamaModel(card), expiresAt: card.expiresAt, sizeVRAM: 0)
                })
        }
        let refused = [
            ("POST", "pull"), ("POST", "push"), ("POST", "create"), ("POST", "copy"), ("DELETE", "delete"),
        ].map { method, name in
            var page = DialectPage(method, "/api/" + name) { _ in
                let why =
                    "/api/\(name) is not offered: models are files below the gateway's models folder, one YAML file each."
                return Array(#"{"error":"#.utf8) + JSONText.quoted(why) + Array("}".utf8)
            }
            page.status = 501
            return page
        }
        return [root, version, tags, loaded] + refused
    }()
}

extension OllamaModel {
    /// A model of which this is known.
    init(_ card: ModelCard) {
        self.init(name: card.name, capabilities: card.capabilities)
        contextLength = card.contextLength
    }
}
