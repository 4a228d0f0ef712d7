internal import NIOCore
internal import RoundhouseCore

extension Exchange {
    /// Takes a piece of the body. The first one is kept as it is; room for the rest is reserved at once, from a length
    /// that has been checked against the limit.
    func receive(_ piece: ByteBuffer) {
        guard case .receiving = phase else { return }
        if let upload {
            receive(piece, of: upload)
            return
        }
        let bodyLimit = snapshot.settings.maxBody
        if body.readableBytes == 0 {
            body = piece
            if let length = facts.contentLength, length > piece.readableBytes, length <= bodyLimit {
                body = ByteBufferAllocator().buffer(capacity: length)
                body.writeImmutableBuffer(piece)
            }
        } else {
            body.writeImmutableBuffer(piece)
        }
        if body.readableBytes > bodyLimit { fail(.bodyTooLarge(limit: bodyLimit)) }
    }

    /// The body is complete: decide what it asks for, and of whom.
    func bodyComplete(now: NIODeadline) {
        guard case .receiving = phase else { return }
        bodyCompleteAt = now
        if let upload {
            complete(upload)
            return
        }
        record.bytesIn = body.readableBytes
        if api.other?.keeping != nil, beginKeeping() { return }
        admitBody()
    }

    /// Decides what the body asks for.
    func admitBody() {
        do {
            try admit()
        } catch {
            fail(error)
            return
        }
        proceed()
    }

    /// Everything is decided: answers, or asks for a place.
    func proceed() {
        if let ownAnswer, !answersOnceLoaded { answer(ownAnswer) } else { takeLease() }
    }

    private func admit() throws(GatewayError) {
        if let via = facts.via { try shared.loopGuard.check(via) }
        let envelope: RequestEnvelope
        do {
            envelope = try body.withUnsafeReadableBytes { bytes throws(EnvelopeError) in
                try RequestEnvelope.scan(bytes)
            }
        } catch {
            if BodyCheck.isForm(body) { throw BodyCheck.formInsteadOfJSON(record.route) }
            throw .invalidBody(message: error.message, parameter: error.parameter)
        }
        if api.isExplained {
            ownAnswer = try explain(envelope)
            return
        }
        record.stream = envelope.stream
        if record.feature == nil, let range = envelope.feature { record.feature = RequestFacts.identifier(text(range)) }
        guard let nameRange = envelope.model else { throw .missingModel }
        try body.withUnsafeReadableBytes { bytes throws(GatewayError) in
            try chooseModel(UnsafeRawBufferPointer(rebasing: bytes[nameRange]), envelope)
        }
        try prepare(envelope)
    }

    /// Makes of the request what the chosen model gets, unless the model cannot do it or limits refuse it.
    func prepare(_ original: RequestEnvelope) throws(GatewayError) {
        var envelope = original
        let habits = snapshot.habits[modelIndex]
        if let other = api.other {
            envelope = try adapt(envelope, to: habits, other)
        } else {
            askedForUsage =
                envelope.stream && api.streams && envelope.includeUsage != true && habits.reportsStreamUsage
            translator = habits.translator(
                model: record.model ?? "", stream: envelope.stream, includeUsage: envelope.includeUsage == true,
                for: api)
        }
        // Any model can be described, loaded and unloaded.
        if ownAnswer == nil {
            try CapabilityCheck.check(model.capabilities, of: model, api: api, envelope: envelope)
            if envelope.hasRemoteMedia, habits.refusesRemoteMedia { throw .remoteMedia(model: model.name) }
            try checkLength(envelope)
        }
        if api.streams { try checkChoices(envelope, habits) }
        try checkWhetherServed()
        patch = body.withUnsafeReadableBytes { bytes in
            BodyPatch.make(
                envelope: envelope, body: bytes, upstreamModel: snapshot.upstreams[modelIndex].modelName,
                askForUsage: askedForUsage, asStream: translator?.input == .events && !envelope.stream,
                defaults: model.requestDefaults,
                fields: api.other == nil || isNative ? habits.fields : habits.translatedFields)
        }
        hasImages = envelope.hasImages
        if let unit = api.unit { count(unit, envelope) }
        try takeLimits(maxTokens: envelope.maxTokens)
    }

    /// What would be dropped in silence is refused; several answers are counted where the engine does not.
    private func checkChoices(_ envelope: RequestEnvelope, _ habits: RelayHabits) throws(GatewayError) {
        if api.capability == .completion, !habits.ignoredFields.isEmpty {
            try body.withUnsafeReadableBytes { bytes throws(GatewayError) in
                for name in habits.ignoredFields {
                    guard let field = envelope.field(name, in: bytes), !field.asksForNothing(in: bytes) else {
                        continue
                    }
                    throw .invalidBody(
                        message:
                            "The engine of \(model.name.quotedForMessage) (\(model.profile.name)) does nothing with \"\(name)\", so that "
                            + "the answer would be another one than you ask for. Leave it out.", parameter: name)
                }
            }
        }
        guard habits.countsOneChoice, !isNative else { return }
        let count = body.withUnsafeReadableBytes { ChoiceCount(envelope, in: $0) }
        choices = count.choices > 1 ? count : nil
    }

    /// A prompt that cannot fit is refused before an engine is started for it. For nearly all this is one comparison.
    private func checkLength(_ envelope: RequestEnvelope) throws(GatewayError) {
        guard let context = snapshot.contexts[modelIndex],
            PromptFloor.isWorthCounting(body.readableBytes, context: context)
        else { return }
        let floor = body.withUnsafeReadableBytes { PromptFloor.tokens(of: envelope, in: $0) }
        guard floor > context else { return }
        throw .contextOverflow(UpstreamErrorBody.contextExplanation("at least \(floor)", of: context))
    }

    /// Finds the model of this name, if the caller may use it.
    func chooseModel(_ name: UnsafeRawBufferPointer, _ envelope: RequestEnvelope?) throws(GatewayError) {
        guard let match = snapshot.router.match(name) ?? otherMatch(name) else {
            let name = String(decoding: name, as: UTF8.self)
            record.requestedModel = String(name.prefix(128))
            throw .unknownModel(name, nearest: snapshot.router.nearest(to: name, for: grant))
        }
        if match.isRoute {
            try chooseRoute(match.index, match.reason, name, envelope)
            return
        }
        modelIndex = match.index
        guard grant.allows(match.index) else {
            let name = String(decoding: name, as: UTF8.self)
            record.requestedModel = String(name.prefix(128))
            throw .modelNotAllowed(name, nearest: snapshot.router.nearest(to: name, for: grant))
        }
        record.model = model.name
        record.requestedModel =
            match.reason == .name && api.other == nil ? model.name : String(decoding: name, as: UTF8.self)
        record.backend = model.profile.name
        record.reason = match.reason.rawValue
        clock = AnswerClock(model.timeouts)
        if let why = model.unavailable { throw .modelUnavailable(why) }
        if let endpoints = snapshot.endpointSets[modelIndex], endpoints.endpoints.count > 1 { chooseEndpoints() }
    }

    /// Whether the chosen model may be used by this caller, now.
    func checkWhetherServed() throws(GatewayError) {
        if snapshot.leavesTheBox[modelIndex], let localOnly = grant.localOnly {
            throw .escalationForbidden(model: model.name, localOnly)
        }
        guard context.shared.sink?.isAccepting != false else { throw .ledgerUnavailable }
    }

    private func count(_ unit: InferenceAPI.Unit, _ envelope: RequestEnvelope) {
        body.withUnsafeReadableBytes { bytes in
            switch unit {
            case .characters:
                guard let input = envelope.field("input", in: bytes), input.kind == .string else { return }
                let content = input.value.lowerBound + 1..<input.value.upperBound - 1
                units.characters = JSONText.characterCount(UnsafeRawBufferPointer(rebasing: bytes[content]))
            case .images:
                let number = envelope.field("n", in: bytes).flatMap { Int(text($0.value)) }
                units.images = number ?? 1
            }
        }
    }

    private func text(_ range: Range<Int>) -> String {
        body.withUnsafeReadableBytes { String(decoding: UnsafeRawBufferPointer(rebasing: $0[range]), as: UTF8.self) }
    }
}
