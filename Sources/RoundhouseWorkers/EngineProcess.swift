internal import Subprocess
internal import Synchronization
private import SystemPackage

#if canImport(Glibc)
private import Glibc
#endif

/// A program to start, and what it is told.
public struct EngineCommand: Sendable, Equatable {
    /// Absolute path.
    public var program: String
    /// Without the program's own name.
    public var arguments: [String]
    /// The whole environment.
    public var environment: [String: String]
    /// Folder of the control group that it is to be in; nil is the gateway's own.
    public var group: String?

    /// Makes a command.
    public init(program: String, arguments: [String], environment: [String: String]) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
    }
}

/// One run of an engine, under its launcher. The only user of swift-subprocess.
///
/// The launcher's standard input is the engine's lifeline: it ends when this process dies, however it dies, and then
/// the launcher kills the engine and all that the engine started. The run is never cancelled as a task: that would close
/// the pipes first and leave the rest to chance.
final class EngineProcess: Sendable {
    private struct State {
        var pid: Int32?
        var wantsTerminate = false
        var wantsKill = false
        var cutLifeline: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    let log: LogRing

    private init(log: LogRing) {
        self.log = log
    }

    /// How readily the kernel picks an engine when memory runs out, in place of the gateway (proc(5), oom_score_adj).
    private static let oomScore = 500

    /// Starts an engine.
    /// - Parameters:
    ///   - launcher: path of this program, which has the launcher in it.
    ///   - onExit: called once, when the engine and everything it started are gone, on no particular thread.
    static func start(
        _ command: EngineCommand, launcher: String, log: LogRing, onExit: @escaping @Sendable (ExitCause) -> Void
    ) -> EngineProcess {
        let process = EngineProcess(log: log)
        Task {
            onExit(await process.run(command, launcher: launcher))
        }
        return process
    }

    /// Process id of the launcher; nil until it runs.
    var pid: Int32? { state.withLock { $0.pid } }

    /// Process id of the engine itself, the launcher's first child; the launcher's own until there is one.
    var enginePid: Int32? {
        guard let pid else { return nil }
        guard let file = fopen("/proc/\(pid)/task/\(pid)/children", "r") else { return pid }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 32)
        guard fgets(&text, Int32(text.count), file) != nil else { return pid }
        let digits = text.prefix { $0 >= 0x30 && $0 <= 0x39 }.map { UInt8(bitPattern: $0) }
        return Int32(String(decoding: digits, as: UTF8.self)) ?? pid
    }

    private func run(_ command: EngineCommand, launcher: String) async -> ExitCause {
        var options = PlatformOptions()
        options.createSession = true
        let environment = Dictionary(
            uniqueKeysWithValues: command.environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
        let arguments = ["launch", String(Self.oomScore), command.group ?? "-", command.program] + command.arguments
        // The system may give the number to another process.
        defer { state.withLock { $0.pid = nil } }
        do {
            let result = try await Subprocess.run(
                .path(.init(launcher)), arguments: Arguments(arguments), environment: .custom(environment),
                platformOptions: options, input: .inputWriter, output: .sequence, error: .combinedWithOutput
            ) { execution in
                let writer = execution.standardInputWriter
                started(execution.processIdentifier.value) {
                    Task {
                        do {
                            try await writer.finish()
                        } catch {
                            // The launcher has closed its end: it is gone already.
                        }
                    }
                }
                for try await bytes in execution.standardOutput {
                    log.append(bytes.withUnsafeBytes { Array($0) })
                }
            }
            switch result.terminationStatus {
            case .exited(let code): return ExitCause(ExitCause.ended(code: code), output: log.last(20))
            case .signaled(let signal):
                var cause = ExitCause(ExitCause.killed(signal: signal), output: log.last(20))
                cause.isKill = signal == SIGKILL
                return cause
            }
        } catch {
            return ExitCause("could not be started: \(error)", output: log.last(20))
        }
    }

    private func started(_ pid: Int32, cutLifeline: @escaping @Sendable () -> Void) {
        let (terminates, kills) = state.withLock { state in
            state.pid = pid
            state.cutLifeline = cutLifeline
            return (state.wantsTerminate, state.wantsKill)
        }
        if kills { cutLifeline() } else if terminates { Glibc.kill(pid, SIGTERM) }
    }

    /// Asks the engine to end (SIGTERM to its main process).
    func terminate() {
        let pid = state.withLock { state in
            state.wantsTerminate = true
            return state.pid
        }
        if let pid { Glibc.kill(pid, SIGTERM) }
    }

    /// Kills the engine and everything that it started.
    func kill() {
        let cut = state.withLock { state in
            state.wantsKill = true
            return state.cutLifeline
        }
        cut?()
    }
}
