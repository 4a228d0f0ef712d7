internal import CRoundhouse

#if canImport(Glibc)
private import Glibc
#endif

/// This process's control group of version 2 (https://docs.kernel.org/admin-guide/cgroup-v2.html), where it is given to us to divide:
/// the gateway has a part of its own then, and so has each engine with a limit.
public struct ControlGroups: Sendable {
    /// The group's folder.
    let folder: String

    /// The part for one run of an engine.
    struct Part: Sendable {
        let folder: String
        /// Bytes that its processes may have of their own.
        let limit: Int

        /// Whether the kernel has killed a process in it for want of memory.
        var ranOut: Bool {
            KernelFile.text(folder + "/memory.events").split(separator: "\n").contains { line in
                line.hasPrefix("oom_kill ") && line != "oom_kill 0"
            }
        }

        /// Gives it back; its processes have to be gone.
        func remove() { rmdir(folder) }
    }

    private static let engines = "engine-"

    /// Takes the group over, if it is ours: systemd says so (`Delegate=yes`: https://systemd.io/CGROUP_DELEGATION/), or it is a
    /// container's own; it is handed on the control of memory; it may be written; and nobody else is in it. Changes nothing otherwise.
    public static func take() -> ControlGroups? { take(root: "", process: getpid()) }

    /// The same.
    /// - Parameters:
    ///   - root: what stands before `/proc` and `/sys`, for tests.
    ///   - process: this one.
    static func take(root: String, process: Int32) -> ControlGroups? {
        guard let folder = ownFolder(root), isDelegated(folder),
            words(folder + "/cgroup.controllers").contains("memory"),
            words(folder + "/cgroup.procs") == ["\(process)"]
        else { return nil }
        // A group with processes of its own cannot hand control on to its parts.
        let gateway = folder + "/gateway"
        mkdir(gateway, 0o755)
        guard write("\(process)", to: gateway + "/cgroup.procs") else {
            rmdir(gateway)
            return nil
        }
        guard write("+memory", to: folder + "/cgroup.subtree_control") else {
            _ = write("\(process)", to: folder + "/cgroup.procs")
            rmdir(gateway)
            return nil
        }
        for name in KernelFile.names(in: folder) where name.hasPrefix(engines) { rmdir("\(folder)/\(name)") }
        return ControlGroups(folder: folder)
    }

    /// A part whose processes together are killed when they have more than `limit` bytes of their own.
    /// - Parameter mapped: bytes of files that they map, which the kernel counts too: room for those comes on top.
    /// - Returns: nil if the kernel does not let us; there is the gateway's own watch then.
    func part(_ name: String, limit: Int, mapped: Int) -> Part? {
        let part = Part(folder: "\(folder)/\(Self.engines)\(name)", limit: limit)
        mkdir(part.folder, 0o755)
        guard Self.write("\(limit + mapped)", to: part.folder + "/memory.max"),
            Self.write("1", to: part.folder + "/memory.oom.group")
        else {
            part.remove()
            return nil
        }
        // Else an engine at its limit would go on, ever slower, from the disk. There is no such file without accounting of swap.
        _ = Self.write("0", to: part.folder + "/memory.swap.max")
        return part
    }

    private static func ownFolder(_ root: String) -> String? {
        for line in KernelFile.text(root + "/proc/self/cgroup").split(separator: "\n") where line.hasPrefix("0::/") {
            let path = line.dropFirst("0::".utf8.count)
            return path.contains("..") ? nil : root + "/sys/fs/cgroup" + (path == "/" ? "" : path)
        }
        return nil
    }

    /// The machine's own root has no type; in a container the root is the container's.
    private static func isDelegated(_ folder: String) -> Bool {
        if folder.hasSuffix("/sys/fs/cgroup") { return !words(folder + "/cgroup.type").isEmpty }
        return roundhouse_is_delegated(folder)
    }

    private static func words(_ path: String) -> [Substring] {
        KernelFile.text(path).split { $0 == " " || $0 == "\n" }
    }

    private static func write(_ text: String, to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        return Glibc.write(file, text, text.utf8.count) == text.utf8.count
    }
}
