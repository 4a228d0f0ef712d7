internal import NIOCore
internal import RoundhouseCore
internal import RoundhouseWorkers

extension Exchange {
    /// Whether the client's connection stays open after this answer.
    var staysOpen: Bool { facts.keepAlive && !closesClient && !context.isStopping }

    /// What the gateway itself took before the request went upstream, in microseconds.
    var overheadMicroseconds: Int {
        (routedAt - bodyCompleteAt).microseconds - record.queueMicroseconds - record.loadMicroseconds
    }

    /// Ends the request with an error: as an answer if nothing was passed on yet, else as the last event of the stream.
    func fail(_ error: GatewayError) {
        guard !isEnded else { return }
        if routing != nil, moveOn(after: error) { return }
        let answer = error.answer
        if headWritten || isCommitted {
            end(.cut, error: error)
            cutShort(answer)
            return
        }
        let wasForwarded = sentAt != startedAt
        record.status = answer.status
        var local = LocalAnswer(error, in: api.other?.dialect)
        if let model = record.model, let backend = record.backend, let reason = record.reason {
            local.headers += [
                ("x-roundhouse-model", model.headerSafe), ("x-roundhouse-backend", backend),
                ("x-roundhouse-route", reason),
            ]
        }
        end(wasForwarded || answer.status >= 500 ? .failed : .refused, error: error)
        client?.answer(local)
    }

    /// The one place where an inference request ends. Gives back what it holds and takes down what it came to; the caller
    /// then tells the client. Only the first call counts: a flush can find out that the client has left, and that ends the
    /// request in the middle of whatever else was about to.
    func end(_ outcome: RequestRecord.Outcome, error: GatewayError?) {
        guard !isEnded else { return }
        if case .leasing(let ticket) = phase, let ticket { snapshot.workers.cancel(ticket) }
        phase = .ended
        let now = NIODeadline.now()
        if let upstream {
            self.upstream = nil
            if upstreamIsDone && upstreamMayBeReused && upload?.isSent != false {
                context.upstreams.put(upstream, now: now)
            } else {
                upstream.abandon()
            }
        }
        upload?.close()
        routing?.leave(now: now)
        giveLeaseBack()
        if kept != nil { keepAnswer() }
        fillRecord(outcome, error, now)
        settleLimits(now: now)
        // Handed over, because it is large, and a copy of it is not for the hot path.
        var finished = RequestRecord()
        swap(&finished, &record)
        context.record(finished)
        if isAlone { context.ended(self) } else { connection.exchangeEnded() }
    }

    /// The request has left its place.
    func giveLeaseBack() {
        guard let lease else { return }
        self.lease = nil
        snapshot.workers.release(lease)
        keepEngine()
    }

    private func fillRecord(_ outcome: RequestRecord.Outcome, _ error: GatewayError?, _ now: NIODeadline) {
        record.outcome = outcome
        record.errorCode = error?.answer.code
        if outcome == .cancelled { record.status = 499 }
        record.durationMicroseconds = (now - startedAt).microseconds
        if let upload { record.bytesIn = upload.count }
        if sentAt != startedAt { record.overheadMicroseconds = max(0, overheadMicroseconds) }
        guard let relay else { return }
        record.bytesOut = relay.payloadBytes
        record.usage.audioMilliseconds = upload?.audioTime?.milliseconds
        // A stream of another dialect may say at its beginning what it has used so far.
        let isPartial = isNative && relay.isEventStream && outcome != .ok
        if let told = relay.usage, !isPartial {
            let usage = choices?.scaled(told) ?? told
            record.usage.inputTokens = usage.inputTokens
            record.usage.cachedTokens = usage.cachedTokens
            record.usage.outputTokens = usage.outputTokens
            record.usageSource = choices == nil ? .provider : .estimated
        } else if record.usage.audioMilliseconds != nil {
            record.usageSource = .provider
        } else if relay.isEventStream {
            // What was produced is billed, also when the answer was cut before the engine could say how much it was. What was
            // heard or seen in an upload nobody can tell.
            if upload == nil {
                record.usage.inputTokens =
                    relay.usage?.inputTokens
                    ?? snapshot.estimators[modelIndex].estimate(
                        bodyBytes: record.bytesIn, maxTokens: nil, hasImages: hasImages
                    ).input
            }
            record.usage.outputTokens = relay.dataEvents
            record.usageSource = .estimated
        }
        if outcome == .ok, let tokens = record.usage.outputTokens, let first = record.firstByteMicroseconds {
            noteSpeed(tokens, over: record.durationMicroseconds - first)
        }
        if outcome == .ok, api.unit != nil {
            record.usage.characters = units.characters
            record.usage.images = units.images
            record.usageSource = .provider
        }
        if let price = model.cost, record.usageSource != .none {
            record.cost = price.cost(of: record.usage)
            record.currency = price.currency
        }
    }
}

extension Exchange {
    /// Takes down how fast a stream came, where a route goes by that. Too few tokens say nothing.
    private func noteSpeed(_ tokens: Int, over microseconds: Int) {
        guard snapshot.router.table.ranksSpeed, relay?.isEventStream == true, tokens >= 8, microseconds > 0 else {
            return
        }
        snapshot.endpoints.measured(model.name, tokensPerSecond: Double(tokens) * 1e6 / Double(microseconds))
    }
}

extension TimeAmount {
    /// Whole microseconds.
    var microseconds: Int { Int(nanoseconds / 1000) }
}
