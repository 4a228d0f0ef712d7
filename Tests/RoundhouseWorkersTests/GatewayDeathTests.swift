import Foundation
import Testing

@testable import RoundhouseWorkers

/// `roundhouse serve` with fake engines in place of llama-server.
private final class ServedGateway {
    let folder: TemporaryFolder
    let process = Process()
    static let names = ["first", "second"]

    init(engineArguments: [String], environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        try folder.write(TemporaryFolder.emptyGGUF, to: "models/a.gguf")
        for name in Self.names {
            let arguments = (["--report", report(name)] + engineArguments).map { "\"\($0)\"" }.joined(separator: ", ")
            try folder.write(
                "name: \(name)\nbackend: llama-cpp\nparameters: {model: a.gguf}\nwarm_up: true\nargs: [\(arguments)]\n",
                to: "models/\(name).yaml")
        }
        process.executableURL = URL(fileURLWithPath: Built.roundhouse)
        process.arguments = [
            "serve", "--port=0", "--models=\(folder.path)/models", "--config=\(try folder.makeFolder("config"))",
            "--data=\(try folder.makeFolder("data"))",
        ]
        process.environment = environment.merging([
            "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": folder.path, "ROUNDHOUSE_LLAMA_SERVER": Built.fakeEngine,
        ]) { _, own in own }
        try folder.write("", to: "output")
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/output"))
        process.standardError = process.standardOutput
        try process.run()
    }

    func report(_ name: String) -> String { "\(folder.path)/\(name).report" }

    /// Waits until both engines and so many children of each are there.
    func waitForEngines(children: Int) async throws -> [EngineReport] {
        try await waitUntil("engines") {
            try self.requireRunning()
            return Self.names.allSatisfy { name in
                let report = EngineReport(self.report(name))
                return report.starts.count == 1 && report.children.count == children
            }
        }
        return Self.names.map { EngineReport(report($0)) }
    }

    func requireRunning() throws {
        guard process.isRunning else {
            throw NotInTime(description: "the gateway has ended: " + (contents(folder.path + "/output") ?? ""))
        }
    }

    /// Ends what is left and removes the folder.
    func clean() throws {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        for pid in try Processes.naming(folder.path) { kill(pid, SIGKILL) }
        try folder.remove()
    }
}

private func serving(
    _ engineArguments: [String], environment: [String: String] = [:], _ body: (ServedGateway) async throws -> Void
) async throws {
    let gateway = try ServedGateway(engineArguments: engineArguments, environment: environment)
    var failure: (any Error)?
    do { try await body(gateway) } catch { failure = error }
    try gateway.clean()
    if let failure { throw failure }
}

@Suite struct GatewayDeathTests {
    /// Two engines: a lifeline that leaks into the other one's launcher would keep both alive.
    @Test(arguments: [[], ["--never-ready"], ["--ignore-term"]])
    func killedGatewayLeavesNoEngineAndNoChildOfOne(arguments: [String]) async throws {
        try await serving(["--grandchildren", "3"] + arguments) { gateway in
            let reports = try await gateway.waitForEngines(children: 3)
            var pids = reports.flatMap { $0.children + $0.starts.map(\.pid) + $0.starts.map(\.launcher) }
            #expect(Set(pids).count == 10 && pids.allSatisfy { Processes.isAlive($0) })
            kill(gateway.process.processIdentifier, SIGKILL)
            try await waitUntil("all are gone") {
                pids.removeAll { !Processes.isAlive($0) }
                return pids.isEmpty
            }
            try await waitUntil("no process names the folder") { try Processes.naming(gateway.folder.path).isEmpty }
        }
    }

    @Test func sigtermEndsEverythingAndTheGatewayLast() async throws {
        try await serving(["--grandchildren", "3"]) { gateway in
            _ = try await gateway.waitForEngines(children: 3)
            kill(gateway.process.processIdentifier, SIGTERM)
            try await waitUntil("the gateway has ended") { !gateway.process.isRunning }
            #expect(gateway.process.terminationReason == .exit && gateway.process.terminationStatus == 0)
            #expect(try Processes.naming(gateway.folder.path).isEmpty)
            let left = try FileManager.default.contentsOfDirectory(atPath: gateway.folder.path)
            #expect(!left.contains { $0.hasPrefix("roundhouse-") }, "the folder for sockets is left")
        }
    }

    @Test func secondSignalEndsAtOnceAndLeavesNothingEither() async throws {
        try await serving(["--grandchildren", "2", "--ignore-term"]) { gateway in
            _ = try await gateway.waitForEngines(children: 2)
            kill(gateway.process.processIdentifier, SIGTERM)
            try await waitUntil("stopping") { contents(gateway.folder.path + "/output")?.contains("stopping") == true }
            // Signals of the same kind are not counted: one may come while the first is still being taken.
            try await waitUntil("the gateway has ended") {
                kill(gateway.process.processIdentifier, SIGTERM)
                return !gateway.process.isRunning
            }
            #expect(gateway.process.terminationStatus == 130)
            try await waitUntil("no process is left") { try Processes.naming(gateway.folder.path).isEmpty }
        }
    }

    @Test func enginesOfARealGatewaySeeNoSecrets() async throws {
        let environment = ["OPENAI_API_KEY": "a", "ROUNDHOUSE_LOG": "off", "LLAMA_ARG_MODEL_URL": "b", "HF_TOKEN": "c"]
        try await serving([], environment: environment.filter { $0.key != "ROUNDHOUSE_LOG" }) { gateway in
            for report in try await gateway.waitForEngines(children: 0) {
                let start = try #require(report.starts.first)
                #expect(
                    !start.environment.keys.contains {
                        environment[$0] != nil || ($0.hasPrefix("ROUNDHOUSE") && $0 != Leftovers.variable)
                    })
                #expect(start.files.keys.sorted() == [0, 1, 2] && start.oomScore == "500")
                #expect(try Processes.openFiles(of: start.launcher).values.filter { $0.hasPrefix("pipe:") }.count == 3)
            }
        }
    }

    @Test func secondGatewayOnTheSameDataIsRefused() async throws {
        try await serving([]) { gateway in
            _ = try await gateway.waitForEngines(children: 0)
            let second = Process()
            second.executableURL = gateway.process.executableURL
            second.arguments = gateway.process.arguments
            second.environment = gateway.process.environment
            let output = Pipe()
            second.standardError = output
            second.standardOutput = FileHandle.nullDevice
            try second.run()
            try await waitUntil("the second has ended") { !second.isRunning }
            let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            #expect(second.terminationStatus == 1)
            #expect(text.contains("process \(gateway.process.processIdentifier) is already serving this data folder"))
            try gateway.requireRunning()
        }
    }
}
