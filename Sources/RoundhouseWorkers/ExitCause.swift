/// Why an engine is not running any more.
public struct ExitCause: Sendable, Equatable {
    /// What happened, without anything that the engine itself printed: `exited with code 1`.
    public var summary: String
    /// The last lines that it printed. They may hold paths and prompts: for admins and the log.
    public var output: [String]
    /// Whether memory ran out.
    public var isOutOfMemory = false
    /// Whether it was killed by signal 9, which the kernel does when memory runs out, and others do for other reasons.
    var isKill = false

    /// Makes a cause.
    public init(_ summary: String, output: [String] = []) {
        self.summary = summary
        self.output = output
    }

    /// A sentence, with the engine's last lines if the reader may see them.
    public func explanation(withOutput: Bool) -> String {
        guard withOutput, !output.isEmpty else { return summary + "." }
        return summary + ". Its last lines: " + output.suffix(8).joined(separator: " | ")
    }

    /// The cause for a code or signal that a process ended with.
    static func ended(code: Int32) -> String { "exited with code \(code)" }

    /// The cause for a signal.
    static func killed(signal: Int32) -> String {
        let names: [Int32: String] = [
            4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM",
        ]
        let name = names[signal].map { " (\($0))" } ?? ""
        let hint = signal == 9 ? "; the kernel does that when memory runs out" : ""
        return "was killed by signal \(signal)\(name)\(hint)"
    }
}
