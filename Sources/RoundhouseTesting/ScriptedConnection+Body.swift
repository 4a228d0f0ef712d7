import Synchronization

/// Requests whose body is read piece by piece, as slowly as a script likes.
extension ScriptedConnection {
    /// Reads a request's head, and leaves its body to `readBody`; nil if the other side closes before its first byte.
    public func head(within limit: Duration = generous) throws -> ScriptedRequest? {
        let deadline = ContinuousClock.now + limit
        while true {
            let head: ScriptedRequest? = state.withLock { state in
                guard let (head, end) = state.head(number) else { return nil }
                state.unread.removeFirst(end)
                return head
            }
            if let head {
                onRequest(head)
                return head
            }
            guard let more = try receive(deadline) else { return nil }
            state.withLock { $0.unread += more }
        }
    }

    /// Reads `count` bytes of a body, and gives each piece as it comes.
    /// - Throws: `Overdue` when the other side closes before.
    public func readBody(_ count: Int, within limit: Duration = generous, _ take: ([UInt8]) -> Void = { _ in }) throws {
        var left = count
        while left > 0 {
            let ahead = state.withLock { state in
                let ahead = Array(state.unread.prefix(left))
                state.unread.removeFirst(ahead.count)
                return ahead
            }
            if !ahead.isEmpty {
                left -= ahead.count
                take(ahead)
                continue
            }
            guard let more = try receive(.now + limit) else { throw Overdue("the last \(left) bytes of a body") }
            state.withLock { $0.unread = more }
        }
    }
}
