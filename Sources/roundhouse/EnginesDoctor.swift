internal import ArgumentParser
internal import FoundationEssentials
internal import Logging
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseWorkers

/// `roundhouse engines doctor`
struct EnginesDoctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Start each engine that is on this machine, and ask it for something small.")

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Names of engines; without, all that are on this machine.")
    var engines: [String] = []

    func run() async throws {
        let data = folders.loader().dataDirectory()
        let environment = ProcessInfo.processInfo.environment
        let locator = EngineLocator(dataDirectory: data, environment: environment)
        let wanted = try engines.map { try Engines.find($0).profile }
        let present = EngineProfile.all.filter { profile in
            profile.launch.map { $0.program != .command } ?? false && locator.problem(for: profile) == nil
        }
        var failed = wanted.filter { !present.contains($0) }
        for profile in failed { print("\(profile.name): \(locator.problem(for: profile) ?? "is not here")") }
        for profile in wanted.isEmpty ? present : wanted.filter(present.contains) {
            guard profile.launch?.sample != nil else {
                print("\(profile.name): not tried; weights for it would have to be downloaded")
                continue
            }
            if !(try await examine(profile, locator, data)) { failed.append(profile) }
        }
        if wanted.isEmpty, present.isEmpty { Terminal.say("No engine is installed: roundhouse engines list") }
        if !failed.isEmpty { throw ExitCode(1) }
    }

    private func examine(_ profile: EngineProfile, _ locator: EngineLocator, _ data: String) async throws -> Bool {
        // In /tmp and short: a socket's path has 107 bytes at most.
        let folder = "/tmp/roundhouse-doctor-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer {
            do {
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                Terminal.say("\(folder) could not be removed: \(error)")
            }
        }
        guard let launcher = EnginesFolder.programPath() else {
            throw CommandFailure("The path of this program cannot be found out (/proc/self/exe).")
        }
        var logger = Logger(label: "doctor")
        logger.logLevel = .critical
        let settings = WorkerSettings(
            runtimeDirectory: folder, logDirectory: nil, launcher: launcher, commands: locator)
        let doctor = EngineDoctor(settings: settings, dataDirectory: data, logger: logger)
        do {
            let finding = try await doctor.examine(profile, in: folder)
            let tenths = Int(finding.secondsToReady * 10)
            print(
                "\(profile.name): ready after \(tenths / 10).\(tenths % 10) s, answered with \(finding.answerBytes) bytes"
            )
            return true
        } catch {
            print("\(profile.name): \(error)")
            return false
        }
    }
}
