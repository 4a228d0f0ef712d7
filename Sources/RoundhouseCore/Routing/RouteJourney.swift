/// What one request does when an attempt has failed: the same model again, the next one, or the client is told. Pure.
public struct RouteJourney: Sendable {
    /// How an attempt failed before the first byte of an answer's body was passed on.
    public enum Failure: Sendable, Equatable {
        /// The client's own mistake, which no other model mends.
        case refused
        /// The prompt does not fit the model's context.
        case tooLong
        /// The model could not be had: its engine does not start, its queue is full. Nothing was sent.
        case notSent
        /// The upstream says that it cannot now: a limit of its own, overload.
        case busy
        /// The upstream could not be reached, died, answered nonsense or an error of its own.
        case broken
        /// It was silent for longer than `timeouts.first_byte`.
        case silent
    }

    /// What to do.
    public enum Step: Sendable, Equatable {
        /// Send it to another endpoint of the same model.
        case again
        /// Send it to the next candidate.
        case next
        /// Tell the client.
        case giveUp
    }

    /// Where it may go, in order.
    public let candidates: [RouteDecision.Candidate]
    /// Which of them it is at.
    public private(set) var position = 0
    /// How often it was sent to the present one again.
    public private(set) var repeats = 0
    /// How often it was sent, or tried to be sent, in all.
    public private(set) var attempts = 1

    /// A journey over at least one candidate.
    public init(_ candidates: [RouteDecision.Candidate]) {
        self.candidates = candidates
    }

    /// The candidate that it is at.
    public var candidate: RouteDecision.Candidate { candidates[position] }

    /// An attempt has failed.
    /// - Parameters:
    ///   - retryLimit: how often a request may be sent to this model again.
    ///   - hasOtherEndpoint: whether the model has an endpoint that was not tried and is well.
    ///   - allowsAttempt: takes one further attempt from the budget, if there is one. Asked only for what was sent.
    public mutating func failed(
        _ failure: Failure, retryLimit: Int, hasOtherEndpoint: Bool, allowsAttempt: () -> Bool
    ) -> Step {
        guard failure != .refused else { return .giveUp }
        let mayRepeat =
            failure != .tooLong && failure != .notSent && hasOtherEndpoint && repeats < retryLimit
        guard mayRepeat || position + 1 < candidates.count else { return .giveUp }
        // What was not sent, or was refused at once, has cost nobody anything.
        guard failure == .notSent || failure == .tooLong || allowsAttempt() else { return .giveUp }
        attempts += 1
        if mayRepeat {
            repeats += 1
            return .again
        }
        position += 1
        repeats = 0
        return .next
    }
}
