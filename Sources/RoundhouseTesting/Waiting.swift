import Foundation
import Synchronization

/// How long a test waits for something that ought to happen at once. All suites run at the same time, and what goes through
/// Swift's concurrency may wait behind all of them: it is the time of a whole run, twice.
public let generous = Duration.seconds(60)

/// Something that a test waited for did not happen.
public struct Overdue: Error, CustomStringConvertible {
    /// What it was.
    public var what: String
    /// A sentence.
    public var description: String { "Did not happen in time: \(what)" }

    /// Makes the error.
    public init(_ what: String) { self.what = what }
}

/// Runs blocking code on a thread of its own, so that it takes none from Swift's concurrency.
public func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result(catching: body)) }.start()
    }
}

/// Waits until a condition holds.
/// - Throws: `Overdue`.
public func eventually(
    _ what: String, within limit: Duration = generous, _ condition: @Sendable () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Overdue(what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// A signal that is given once and stays given. Any thread may give it and wait for it.
public final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let given = Atomic<Bool>(false)

    /// Not given yet.
    public init() {}

    /// Whether it has been given.
    public var isGiven: Bool { given.load(ordering: .acquiring) }

    /// Lets everybody go on who waits.
    public func give() {
        given.store(true, ordering: .releasing)
        semaphore.signal()
    }

    /// Blocks until it is given.
    /// - Throws: `Overdue`.
    public func wait(within limit: Duration = generous) throws {
        guard !isGiven else { return }
        guard semaphore.wait(timeout: .now() + .seconds(Int(limit.components.seconds))) == .success else {
            throw Overdue("a signal")
        }
        semaphore.signal()
    }

    /// Waits without blocking a thread of Swift's concurrency.
    public func given(within limit: Duration = generous) async throws {
        try await eventually("a signal", within: limit) { self.isGiven }
    }
}
