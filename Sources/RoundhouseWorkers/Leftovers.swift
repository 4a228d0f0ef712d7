#if canImport(Glibc)
private import Glibc
#endif

/// What engines of a gateway that has died have left behind. Usually nothing: the launcher of each engine ends everything below it. But
/// it can be killed itself, together with the gateway.
public enum Leftovers {
    /// The environment variable of every engine, and so of all that it starts, wherever that goes: the runtime folder of its gateway.
    static let variable = "ROUNDHOUSE_RUNTIME"

    /// Longest wait for a killed process to be gone, in milliseconds; one that waits for a disk cannot even be killed.
    private static let patience = 5000

    /// Kills all processes that were started for a gateway with this runtime folder. Only for whoever holds that gateway's lock: then they
    /// are nobody's.
    /// - Returns: how many there were.
    public static func reap(runtimeDirectory: String) -> Int {
        var reaped: Set<Int32> = []
        // One that was about to start another when it was killed may have done so.
        while case let found = processes(of: runtimeDirectory).subtracting(reaped), !found.isEmpty {
            for process in found { end(process, runtimeDirectory) }
            reaped.formUnion(found)
        }
        return reaped.count
    }

    private static func processes(of runtime: String) -> Set<Int32> {
        Set(
            KernelFile.names(in: "/proc").compactMap { Int32($0) }.filter { $0 != getpid() && belongs($0, to: runtime) }
        )
    }

    /// Environments of others' processes cannot be read, and theirs are none of ours.
    private static func belongs(_ process: Int32, to runtime: String) -> Bool {
        let wanted = Array("\(variable)=\(runtime)".utf8)
        return KernelFile.bytes("/proc/\(process)/environ").split(separator: 0).contains { $0.elementsEqual(wanted) }
    }

    private static func end(_ process: Int32, _ runtime: String) {
        guard belongs(process, to: runtime) else { return }
        kill(process, SIGKILL)
        // The environment of what is dead is empty.
        for _ in 0..<patience where belongs(process, to: runtime) { usleep(1000) }
    }
}
