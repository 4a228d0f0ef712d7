internal import NIOCore

/// Accepts no further client connection while `limit` are open; they wait in the kernel's queue. Sits on the listening
/// channel, whose loop it is confined to.
final class AcceptLimiter: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let limit: Int
    private var open = 0
    private var heldBackRead = false

    init(limit: Int) {
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        open += 1
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        unwrapInboundIn(data).closeFuture.whenComplete { _ in
            loop.execute {
                let (limiter, context) = bound.value
                limiter.closed(context)
            }
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if open < limit { context.read() } else { heldBackRead = true }
    }

    private func closed(_ context: ChannelHandlerContext) {
        open -= 1
        guard heldBackRead, open < limit else { return }
        heldBackRead = false
        context.read()
    }
}
