#if canImport(Glibc)
private import Glibc
#endif

/// How much memory processes have, as Linux says in /proc (proc(5)).
public enum ProcessMemory {
    /// Resident memory of a process and its descendants in bytes; nil if there is none with this id. Weights that are mapped
    /// from a file count as far as they are in memory. A few small reads, which do not wait for a disk.
    public static func residentBytes(of process: Int32) -> Int? {
        guard let own = residentPages(process) else { return nil }
        var pages = own
        var open = children(of: process)
        var seen: Set<Int32> = [process]
        while let next = open.popLast() {
            guard seen.insert(next).inserted, let more = residentPages(next) else { continue }
            pages += more
            open += children(of: next)
        }
        return pages * Int(getpagesize())
    }

    /// Resident memory of this process alone in bytes.
    public static var ownResidentBytes: Int? { residentPages(getpid()).map { $0 * Int(getpagesize()) } }

    /// Second field of statm.
    private static func residentPages(_ process: Int32) -> Int? {
        let fields = text("/proc/\(process)/statm").split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) : nil
    }

    /// Children are listed by the thread that started them.
    private static func children(of process: Int32) -> [Int32] {
        let folder = "/proc/\(process)/task"
        guard let threads = opendir(folder) else { return [] }
        defer { closedir(threads) }
        var found: [Int32] = []
        while let entry = readdir(threads) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Int32(name) != nil else { continue }
            found += text("\(folder)/\(name)/children").split(separator: " ").compactMap { Int32($0) }
        }
        return found
    }

    /// A small file's content; empty if it cannot be read, as when its process has ended meanwhile.
    private static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
