public import RoundhouseCore
public import RoundhouseWorkers

extension GatewayError {
    /// What an upstream's error status means for our client.
    ///
    /// A refusal that the client caused keeps its message. One that the operator caused (a wrong key upstream, a wrong
    /// model name, a redirect) is a 502: the client can do nothing about it, and a 401 would make it doubt its own key.
    init(upstreamStatus status: Int, retryAfter: Int?, body: UpstreamErrorBody, model: Model) {
        let name = model.name.quotedForMessage
        let said = body.message.map { model.profile.clearerErrors[$0] ?? $0 } ?? "no explanation"
        switch status {
        case 400..<600 where body.isContextOverflow:
            self = .contextOverflow(body.contextExplanation ?? said)
        case 300..<400:
            self = .upstreamFailed(
                "The upstream of \(name) answered with a redirect (\(status)). Give the endpoint its final address.")
        case 401, 403:
            self = .upstreamFailed(
                "The upstream of \(name) refused our credentials (\(status)). Check api_key of the model.")
        case 404, 405:
            let advice = status == 404 ? model.profile.native?.advice(for: model.upstreamName) : nil
            self = .upstreamFailed(
                "The upstream of \(name) does not know this API or model (\(status)): \(said)"
                    + (advice.map { " \($0)" } ?? ""))
        case 429:
            self = .upstreamRateLimited(
                message: "The upstream of \(name) limits us: \(said)", retryAfter: retryAfter ?? 1)
        case 400..<500:
            self = .upstreamRefused(
                status: status == 413 || status == 422 ? status : 400, message: said, parameter: body.parameter,
                code: body.code)
        case 503:
            self = .engineFailed("The upstream of \(name) is not available: \(said)", retryAfter: retryAfter ?? 5)
        default:
            self = .upstreamFailed("The upstream of \(name) answered \(status): \(said)")
        }
    }

    /// Why a worker could not be had.
    /// - Parameter showOutput: whether the reader may see what the engine printed, which may hold paths and prompts.
    public init(_ error: LeaseError, model: String, showOutput: Bool) {
        switch error {
        case .unavailable(let why): self = .modelUnavailable(why)
        case .queueFull(let retryAfter): self = .queueFull(model: model, retryAfter: retryAfter)
        case .queueTimeout(let because, let retryAfter):
            self = .queueTimeout(model: model, because: because, retryAfter: retryAfter)
        case .noRoom(let why):
            self = .insufficientMemory(
                "\(why). Give it less (context_size, parallel, a smaller quantization), say in `memory:` of the model what it really "
                    + "needs, or raise `memory: {budget: ...}` in config/roundhouse.yaml.")
        case .failed(let cause, let retryAfter):
            self = .engineFailed(
                "The engine of \(model.quotedForMessage) is not running: \(cause.explanation(withOutput: showOutput))",
                retryAfter: retryAfter)
        case .shuttingDown: self = .shuttingDown
        }
    }
}
