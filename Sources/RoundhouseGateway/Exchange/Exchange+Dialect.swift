internal import NIOCore
internal import NIOHTTP1
internal import RoundhouseCore
internal import RoundhouseWorkers

/// Requests in a dialect that is not OpenAI's.
extension Exchange {
    /// Where the request goes, behind an endpoint's base path.
    var upstreamPath: String { isNative ? api.other?.nativePath ?? api.upstreamPath : api.upstreamPath }

    /// What the client said in headers to an engine that speaks its dialect, and what that engine must be told in any case.
    var passedHeaders: [(name: String, value: String)] {
        let passed = (api.other?.passedHeaders ?? []).flatMap { name in facts.headers[name].map { (name, $0) } }
        let required = model.profile.nativeHeaders.filter { name, _ in !passed.contains { $0.0 == name } }
        return passed + required.map { ($0.key, $0.value) }
    }

    /// The model that is meant by what the client wrote, if its dialect writes names otherwise.
    func otherMatch(_ name: UnsafeRawBufferPointer) -> Router.Match? {
        guard let other = api.other else { return nil }
        return other.lookups(String(decoding: name, as: UTF8.self)).lazy.compactMap { self.snapshot.router.match($0) }
            .first
    }

    /// Does what a request wants of the model itself, apart from an answer of it.
    private func heed(_ other: DialectAPI, model requested: String) throws(GatewayError) {
        if let card = other.card {
            ownAnswer = card(ModelCard(model))
            record.isInference = false
            return
        }
        guard let read = other.ask else { return }
        let ask: any ModelAsk
        do throws(EnvelopeError) {
            ask = try body.withUnsafeReadableBytes { bytes throws(EnvelopeError) in try read(bytes) }
            if let context = model.context, let refusal = ask.refusal(contextLimit: context) { throw refusal }
        } catch {
            throw .invalidBody(message: error.message, parameter: error.parameter)
        }
        keepAlive = ask.keepAlive
        guard ask.purpose != .generate else { return }
        ownAnswer = ask.answer(model: requested, now: WallClock.nanoseconds())
        answersOnceLoaded = ask.purpose == .load
        record.isInference = false
    }

    /// Leaves the request as it is for an engine that speaks its dialect, and translates it for any other.
    /// - Returns: what stands in the body that goes to the engine.
    func adapt(
        _ envelope: RequestEnvelope, to habits: RelayHabits, _ other: DialectAPI
    ) throws(GatewayError) -> RequestEnvelope {
        // Engines know nothing of what is kept here, and what is kept must be put together.
        if kept == nil, let path = other.nativePath, habits.nativePaths.contains(path) {
            if let keeping = other.keeping {
                do throws(EnvelopeError) {
                    try body.withUnsafeReadableBytes { bytes throws(EnvelopeError) in try keeping.refuse(bytes) }
                } catch {
                    throw .invalidBody(message: error.message, parameter: error.parameter)
                }
            }
            isNative = true
            return envelope
        }
        let requested = record.requestedModel ?? ""
        try heed(other, model: requested)
        if ownAnswer != nil { return envelope }
        let translated: TranslatedRequest
        let adapted: RequestEnvelope
        do throws(EnvelopeError) {
            translated = try body.withUnsafeReadableBytes { bytes throws(EnvelopeError) in
                if let kept { return try kept.keeping.request(bytes, model: requested, wish: kept.wish) }
                return try other.dialect.request(bytes, model: requested)
            }
            body = ByteBuffer(bytes: translated.body)
            adapted = try body.withUnsafeReadableBytes { bytes throws(EnvelopeError) in
                try RequestEnvelope.scan(bytes)
            }
        } catch {
            throw .invalidBody(message: error.message, parameter: error.parameter)
        }
        if let estimated = other.estimated {
            let estimate = snapshot.estimators[modelIndex].estimate(
                bodyBytes: body.readableBytes, maxTokens: 0, hasImages: adapted.hasImages)
            ownAnswer = estimated(estimate.input)
            return adapted
        }
        record.stream = translated.answer.output != .object
        translator = translated.answer
        if let first = habits.translator(model: requested, stream: true, includeUsage: true, for: api) {
            translator = ChainedTranslator(first, then: translated.answer)
        }
        return adapted
    }

    /// Says how long the engine is to stay, once the request has left it: said before, one that is to end after the request might end
    /// before it.
    func keepEngine() {
        if let keepAlive { snapshot.workers.keep(model.name, for: keepAlive) }
    }

    /// Answers without an engine.
    func answer(_ body: [UInt8]) {
        record.status = 200
        record.bytesOut = body.count
        if lease == nil { keepEngine() }
        end(.ok, error: nil)
        client?.answer(LocalAnswer(body: body))
    }
}
