#if canImport(Glibc)
private import Glibc
#endif

/// How much memory processes have, as Linux says in /proc (proc(5)).
public enum ProcessMemory {
    /// What the processes of a tree have together.
    public struct Usage: Sendable, Equatable {
        /// Bytes that are theirs alone or shared memory, which only their end gives back.
        public var own = 0
        /// Bytes of files that are mapped, of the process that has most: weights and libraries are the same in all of them, and the
        /// kernel can drop them.
        public var mapped = 0
    }

    /// The usage of several processes together; nil if there is none of them. A few small reads, which do not wait for a disk.
    static func usage(of processes: Set<Int32>) -> Usage? {
        var usage = Usage()
        let found = processes.filter { add($0, to: &usage) }
        return found.isEmpty ? nil : usage
    }

    /// Resident memory of this process alone in bytes.
    public static var ownResidentBytes: Int? { residentPages(getpid()).map { $0 * Int(getpagesize()) } }

    /// All processes below one, wherever their sessions are.
    static func descendants(of process: Int32) -> Set<Int32> {
        var open = children(of: process)
        var seen: Set<Int32> = []
        while let next = open.popLast() {
            if next != process, seen.insert(next).inserted { open += children(of: next) }
        }
        return seen
    }

    /// Anonymous and shared memory add up; of mapped files the largest counts.
    private static func add(_ process: Int32, to usage: inout Usage) -> Bool {
        let status = KernelFile.text("/proc/\(process)/status")
        guard let anonymous = kibibytes("RssAnon:", status) else { return false }
        usage.own += (anonymous + (kibibytes("RssShmem:", status) ?? 0)) << 10
        usage.mapped = max(usage.mapped, (kibibytes("RssFile:", status) ?? 0) << 10)
        return true
    }

    private static func kibibytes(_ name: String, _ status: String) -> Int? {
        for line in status.split(separator: "\n") where line.hasPrefix(name) {
            return Int(line.dropFirst(name.utf8.count).filter { $0.isNumber })
        }
        return nil
    }

    /// Second field of statm.
    private static func residentPages(_ process: Int32) -> Int? {
        let fields = KernelFile.text("/proc/\(process)/statm").split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) : nil
    }

    /// Children are listed by the thread that started them.
    private static func children(of process: Int32) -> [Int32] {
        let folder = "/proc/\(process)/task"
        return KernelFile.names(in: folder).filter { Int32($0) != nil }.flatMap { thread in
            KernelFile.text("\(folder)/\(thread)/children").split(separator: " ").compactMap { Int32($0) }
        }
    }
}
