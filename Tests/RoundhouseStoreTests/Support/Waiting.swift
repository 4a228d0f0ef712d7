struct NotInTime: Error, CustomStringConvertible {
    let description: String
}

/// Waits until something is so, and fails the test if it does not become so. The limit is generous: it is reached only when
/// something is broken.
func waitUntil(
    _ what: String, within limit: Duration = .seconds(60), isolation: isolated (any Actor)? = #isolation,
    _ condition: () throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try !condition() {
        guard ContinuousClock.now < end else { throw NotInTime(description: "after \(limit) still not: \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
