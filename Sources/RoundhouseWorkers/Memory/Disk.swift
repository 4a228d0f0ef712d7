internal import Dispatch

/// Work that may wait for a disk, or for one that has gone away: on threads of its own, so that neither an event loop nor another
/// model's load waits with it.
enum Disk {
    private static let queue = DispatchQueue(label: "roundhouse.disk", attributes: .concurrent)

    static func run(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }
}
