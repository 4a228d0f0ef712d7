public import RoundhouseCore

/// Where engines are started, and with what.
public struct WorkerSettings: Sendable {
    /// Private folder for sockets.
    public var runtimeDirectory: String
    /// Folder whose `logs` take what engines print; nil keeps it in memory only.
    public var logDirectory: String?
    /// Path of the `roundhouse` program, which has the launcher in it.
    public var launcher: String
    /// Turns a model into a command.
    public var commands: any EngineCommandProvider
    /// File that keeps what engines have taken for the next start; nil keeps it in memory only.
    public var sizesFile: String?
    /// Folders in which the tools of GPU vendors are looked for, as in `PATH`.
    public var gpuToolPath = Self.usualToolPath
    /// Where engines with a limit get control groups of their own; nil if nowhere.
    public var groups: ControlGroups?
    /// Time that a model waits for memory which others use, before these take no new requests until they have been unloaded.
    public var memoryPatience: Duration = .seconds(10)
    /// Time between SIGTERM and SIGKILL.
    public var stopGrace: Duration = .seconds(10)
    /// Time between two looks at an engine that is starting.
    public var probeInterval: Duration = .milliseconds(20)
    /// Time that an engine in which a request came to the end of its patience has to answer a probe before it is ended.
    public var livenessPatience: Duration = .seconds(10)
    /// Time between two looks at attached servers that can be asked about their models.
    public var lookInterval: Duration = .seconds(5)

    static let usualToolPath = "/usr/local/bin:/usr/bin:/bin:/opt/rocm/bin"

    /// Makes settings.
    public init(
        runtimeDirectory: String, logDirectory: String?, launcher: String, commands: any EngineCommandProvider
    ) {
        self.runtimeDirectory = runtimeDirectory
        self.logDirectory = logDirectory
        self.launcher = launcher
        self.commands = commands
    }
}

/// Knows how engines are started.
public protocol EngineCommandProvider: Sendable {
    /// The command for a model, which is to listen at `address`: a Unix socket, or a port of this machine.
    /// - Throws: `EngineMissing` if it cannot be started on this machine.
    func command(for model: Model, address: UpstreamAddress) throws -> EngineCommand
}

/// An engine is not on this machine.
public struct EngineMissing: Error, Sendable {
    /// What is missing, and what to do.
    public var message: String

    /// Makes the error.
    public init(_ message: String) {
        self.message = message
    }
}
