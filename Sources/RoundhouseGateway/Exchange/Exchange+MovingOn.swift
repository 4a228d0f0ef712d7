internal import NIOCore
internal import RoundhouseCore

/// Requests whose attempt has failed before the first byte of an answer was passed on.
extension Exchange {
    /// Sends the request on: to another endpoint of its model, or to the next candidate.
    /// - Returns: whether it is on its way again; if not, the client is to be told.
    func moveOn(after error: GatewayError) -> Bool {
        guard let routing, !headWritten else { return false }
        let failure = RouteJourney.Failure(error, wasSent: routing.wasSent)
        let now = NIODeadline.now()
        judge(failure, error, now)
        // Nobody is there for whom another model should answer.
        guard failure != .refused, !context.isStopping, !isAlone else { return false }
        let step = routing.journey.failed(
            failure, retryLimit: model.retryLimit, hasOtherEndpoint: routing.hasOtherEndpoint(now: now)
        ) { shared.endpoints.mayTryAgain(now: now.nanoseconds) }
        switch step {
        case .giveUp: return false
        case .again:
            dropAttempt()
            if pickEndpoint() { connect() }
        case .next:
            routing.noteFailure(of: model.name)
            dropAttempt()
            giveLeaseBack()
            settleOnCandidate()
            prepareAgain()
        }
        return true
    }

    private func judge(_ failure: RouteJourney.Failure, _ error: GatewayError, _ now: NIODeadline) {
        guard let routing else { return }
        switch failure {
        case .busy:
            // A 503 is a failure; a 429 is not, and says how long it wants to be left alone.
            if case .engineFailed = error { return routing.judge(now: now) { $0.failed(now: $1) } }
            let seconds = error.answer.retryAfter ?? 1
            routing.judge(now: now) { $0.pause(seconds: seconds, now: $1) }
        case .broken, .silent: routing.judge(now: now) { $0.failed(now: $1) }
        case .refused, .tooLong: if routing.wasSent { routing.judge(now: now) { $0.succeeded(now: $1) } }
        case .notSent: break
        }
    }

    /// Ends what there is of an attempt; what the request holds of limits stays.
    private func dropAttempt() {
        upload?.sender?.stop()
        upstream?.abandon()
        upstream = nil
        relay = nil
        pendingHead = nil
        received = ByteBuffer()
        isReadingPaused = false
        phase = .preparing
        routing?.leave(now: .now())
    }

    /// Makes of what the client sent what the present candidate gets.
    private func prepareAgain() {
        guard let routing else { return }
        body = routing.body
        isNative = false
        ownAnswer = nil
        translator = nil
        askedForUsage = false
        keepAlive = nil
        answersOnceLoaded = false
        endpoint = nil
        units = UsageAmounts()
        choices = nil
        do throws(GatewayError) {
            if let upload {
                try prepare(upload)
            } else if let envelope = routing.envelope {
                try prepare(envelope)
            }
        } catch {
            fail(error)
            return
        }
        proceed()
    }
}
