import Foundation
import Testing

@testable import RoundhouseWorkers

@Suite struct LeftoversTests {
    private func sleeper(_ runtime: String?) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["600"]
        process.environment = runtime.map { [Leftovers.variable: $0] } ?? [:]
        // Whoever reads this test's output must not wait for them.
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    @Test func whatADeadGatewayLeftIsEndedAndNothingElse() async throws {
        let runtime = "/tmp/roundhouse-leftovers-\(getpid())"
        let others = try [sleeper(nil), sleeper(runtime + "0"), sleeper("/tmp/other")]
        // They may have inherited that SIGTERM is ignored.
        defer { others.forEach { kill($0.processIdentifier, SIGKILL) } }
        #expect(Leftovers.reap(runtimeDirectory: runtime) == 0)
        let left = try [sleeper(runtime), sleeper(runtime)]
        #expect(Leftovers.reap(runtimeDirectory: runtime) == 2)
        try await waitUntil("they are gone") { left.allSatisfy { !$0.isRunning } }
        let isUntouched = others.allSatisfy { $0.isRunning }
        #expect(isUntouched)
    }
}
