/// How much memory there is for this machine's processes, or for this container's.
enum MachineMemory {
    /// Bytes: those of the machine, or the limit of a control group that this process is in if that is less; nil if nobody says.
    /// - Parameter root: what stands before `/proc` and `/sys`, for tests.
    static func total(root: String = "") -> Int? {
        ([installed(root)] + limits(root)).compactMap { $0 }.min()
    }

    /// `MemTotal` of meminfo, in KiB there.
    private static func installed(_ root: String) -> Int? {
        for line in KernelFile.text(root + "/proc/meminfo").split(separator: "\n") where line.hasPrefix("MemTotal:") {
            return Int(line.filter(\.isNumber)).map { $0 << 10 }
        }
        return nil
    }

    /// The limits of the groups from ours up to the root. Of version 2, `memory.max`, which may say `max`; of version 1,
    /// `memory.limit_in_bytes`, which says a number beyond all memory for none. In a container the path from outside may not exist
    /// inside, where the group's own folder is the root.
    private static func limits(_ root: String) -> [Int?] {
        KernelFile.text(root + "/proc/self/cgroup").split(separator: "\n").flatMap { line -> [Int?] in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            if parts[1].isEmpty { return limits(root + "/sys/fs/cgroup", parts[2], "memory.max") }
            guard parts[1].split(separator: ",").contains("memory") else { return [] }
            return limits(root + "/sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes")
        }
    }

    private static func limits(_ mount: String, _ path: Substring, _ file: String) -> [Int?] {
        var folders = [mount]
        for part in path.split(separator: "/") where part != ".." {
            folders.append(folders[folders.count - 1] + "/" + part)
        }
        return folders.map { Int(KernelFile.text("\($0)/\(file)").filter { !$0.isWhitespace }) }
    }
}
