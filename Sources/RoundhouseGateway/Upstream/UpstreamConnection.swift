internal import NIOCore

/// Whoever is being answered over an upstream connection. Called on its loop.
protocol UpstreamOwner: AnyObject {
    /// Bytes of the answer.
    func upstreamRead(_ bytes: ByteBuffer)
    /// The bytes that were there have been read.
    func upstreamReadComplete()
    /// It takes what is written, after it did not.
    func upstreamWritable()
    /// The connection is gone; no other call follows.
    func upstreamClosed(_ error: (any Error)?)
}

/// One connection to an upstream, confined to its loop. Gives the bytes it reads to its owner as they are.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The request being answered; nil while the connection is idle in the pool.
    var owner: (any UpstreamOwner)?
    /// Requests sent so far.
    var requests = 0

    private weak var pool: UpstreamPool?
    let key: UpstreamKey
    /// Where it belongs, as long as it is open.
    var peer: UpstreamPeer?
    private var context: ChannelHandlerContext?
    private var error: (any Error)?
    private var readsPaused = false

    init(key: UpstreamKey, pool: UpstreamPool) {
        self.key = key
        self.pool = pool
    }

    var isOpen: Bool { context != nil }
    /// Whether the upstream takes what is written.
    var isWritable: Bool { context?.channel.isWritable == true }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Queues bytes; `flush` sends them.
    func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }
    func flush() { context?.flush() }

    /// Stops or resumes reading: what the upstream sends then waits in the kernel's bounded buffers, and at last in the
    /// upstream itself.
    func setReading(_ reading: Bool) {
        guard readsPaused == reading, let context else { return }
        readsPaused = !reading
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: reading)
        } catch {
            self.error = error
            context.close(promise: nil)
        }
    }

    /// Closes without telling the owner, who is done with it.
    func abandon() {
        owner = nil
        context?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let owner else {
            // Bytes that nobody asked for: the upstream cannot be trusted to be in step.
            context.close(promise: nil)
            return
        }
        owner.upstreamRead(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        owner?.upstreamReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { owner?.upstreamWritable() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.error = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        pool?.closed(self)
        let owner = self.owner
        self.owner = nil
        owner?.upstreamClosed(error)
    }
}
