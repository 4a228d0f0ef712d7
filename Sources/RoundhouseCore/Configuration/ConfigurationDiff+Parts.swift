extension ConfigurationDiff.ModelChange {
    /// What differs between two models of one name; nil if nothing that matters does.
    init?(from old: Model, to new: Model) {
        let ofEngine = Self.engineKeys(old, new)
        let soft = Self.names([
            ("aliases", old.aliases == new.aliases),
            ("parameters", old.upstreamName == new.upstreamName && old.requestDefaults == new.requestDefaults),
            (
                "capabilities",
                old.capabilities == new.capabilities && old.learnsCapabilities == new.learnsCapabilities
            ),
            ("limits", old.softLimits == new.softLimits && old.rateLimits == new.rateLimits),
            ("timeouts", old.timeouts == new.timeouts),
            ("cost", old.cost == new.cost),
            ("keep_alive", old.keepAlive == new.keepAlive && old.residence == new.residence),
            ("memory", old.memory.host == new.memory.host && old.memory.gpu == new.memory.gpu),
            ("memory_limit", old.memory.limit == new.memory.limit),
            ("on_oom", old.memory.halvesContext == new.memory.halvesContext),
            ("concurrency_groups", old.memory.groups == new.memory.groups),
            ("priority", old.memory.priority == new.memory.priority),
            ("fetch_media", old.fetchesMedia == new.fetchesMedia),
            ("fallback", old.fallback == new.fallback),
            ("retries", old.retries == new.retries),
            ("affinity", old.affinity == new.affinity),
            ("loading_state", old.tellsWaiting == new.tellsWaiting),
            ("on_disconnect", old.finishesAlone == new.finishesAlone),
            ("warm_up", old.warmUp == new.warmUp),
            ("api_key", old.apiKey == new.apiKey),
            ("local", old.isOwn == new.isOwn),
        ])
        let isLaunched = old.isLaunched || new.isLaunched
        let keys = ofEngine + soft
        if !keys.isEmpty {
            self.init(name: new.name, keys: keys, engine: isLaunched && !ofEngine.isEmpty)
            return
        }
        // What these lists do not know yet counts as a matter of the engine.
        var moved = old
        moved.source = new.source
        moved.weightBytes = new.weightBytes
        guard moved != new else { return nil }
        self.init(name: new.name, keys: ["settings"], engine: isLaunched)
    }

    /// What a launched engine's worker is made of.
    private static func engineKeys(_ old: Model, _ new: Model) -> [String] {
        var keys = names([
            ("backend", old.profile == new.profile),
            // Also weights that have come or gone, and `disabled`.
            ("availability", old.unavailable == new.unavailable),
            ("limits.concurrent", old.limits.concurrent == new.limits.concurrent),
        ])
        switch (old.placement, new.placement) {
        case (.launched(let old), .launched(let new)): keys += launchKeys(old, new)
        case (.attached(let old), .attached(let new)): keys += names([("endpoints", old == new)])
        default: keys.append("endpoints")
        }
        return keys
    }

    private static func launchKeys(_ old: LaunchSettings, _ new: LaunchSettings) -> [String] {
        let keys = names([
            ("parameters.model", old.weights == new.weights),
            ("context_size", old.contextSize == new.contextSize),
            ("parallel", old.parallel == new.parallel),
            ("gpu_layers", old.gpuLayers == new.gpuLayers),
            ("threads", old.threads == new.threads),
            ("batch", old.batch == new.batch),
            ("mmproj", old.mmproj == new.mmproj),
            ("embeddings", old.embeddings == new.embeddings),
            ("reranking", old.reranking == new.reranking),
            ("parameters.pooling", old.pooling == new.pooling),
            ("mmap", old.mmap == new.mmap),
            ("mmlock", old.mlock == new.mlock),
            ("flash_attention", old.flashAttention == new.flashAttention),
            ("cache_type_k", old.cacheTypeK == new.cacheTypeK),
            ("cache_type_v", old.cacheTypeV == new.cacheTypeV),
            ("chat_template", old.chatTemplate == new.chatTemplate),
            ("prompt_cache", old.promptCacheMiB == new.promptCacheMiB),
            ("command", old.command == new.command && old.probePath == new.probePath),
            ("args", old.arguments == new.arguments),
        ])
        // A setting that this list does not know yet must restart the engine too.
        return keys.isEmpty && old != new ? ["engine"] : keys
    }

    fileprivate static func names(_ parts: [(key: String, isSame: Bool)]) -> [String] {
        parts.filter { !$0.isSame }.map(\.key)
    }
}

extension Model {
    fileprivate var isLaunched: Bool {
        if case .launched = placement { true } else { false }
    }

    /// The limits without `concurrent`, which belongs to the worker.
    fileprivate var softLimits: ModelLimits {
        var limits = limits
        limits.concurrent = nil
        return limits
    }
}

extension Configuration {
    /// Keys of `config/roundhouse.yaml` whose value is another one in `other`, teams aside.
    func settings(thatDifferFrom other: Configuration) -> [String] {
        let (old, new) = (server, other.server)
        let keys = ConfigurationDiff.ModelChange.names([
            ("server.host", old.host == new.host),
            ("server.port", old.port == new.port),
            ("server.max_body", old.maxBody == new.maxBody),
            ("server.max_upload", old.maxUpload == new.maxUpload),
            ("server.header_timeout", old.headerTimeout == new.headerTimeout),
            ("server.body_timeout", old.bodyTimeout == new.bodyTimeout),
            ("server.idle_timeout", old.idleTimeout == new.idleTimeout),
            ("server.shutdown_timeout", old.shutdownTimeout == new.shutdownTimeout),
            ("server.max_connections", old.maxConnections == new.maxConnections),
            ("server.allowed_hosts", old.allowedHosts == new.allowedHosts),
            ("server.tls", old.tls == new.tls),
            ("server.cors_origins", old.corsOrigins == new.corsOrigins),
            ("server.trusted_proxies", old.trustedProxies == new.trustedProxies),
            ("server.loops", old.loops == new.loops),
        ])
        // The same for a key of the server that this list does not know yet.
        let ofServer = keys.isEmpty && old != new ? ["server"] : keys
        return ofServer
            + ConfigurationDiff.ModelChange.names([
                ("log.access", accessLog == other.accessLog),
                ("data", dataDirectory == other.dataDirectory),
                ("offline", isOffline == other.isOffline),
                ("memory", memory == other.memory),
                ("ledger", ledger == other.ledger),
                ("responses", responses == other.responses),
            ])
    }
}
