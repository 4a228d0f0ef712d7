import Foundation

/// What /proc says.
enum Processes {
    /// Processes whose command line has a text in it; zombies have no command line.
    static func naming(_ text: String) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { pid in
            pid != getpid() && contents("/proc/\(pid)/cmdline")?.contains(text) == true
        }
    }

    /// Whether a process is there and not a zombie.
    static func isAlive(_ pid: Int32) -> Bool {
        contents("/proc/\(pid)/cmdline").map { !$0.isEmpty } ?? false
    }

    /// What the open descriptors of a process lead to.
    static func openFiles(of pid: Int32) throws -> [Int32: String] {
        let folder = "/proc/\(pid)/fd"
        var files: [Int32: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            guard let number = Int32(name) else { continue }
            files[number] = try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + name)
        }
        return files
    }
}

/// Programs of this package, which lie beside the tests.
enum Built {
    static let folder = (programPath as NSString).deletingLastPathComponent
    static let roundhouse = folder + "/roundhouse"
    static let fakeEngine = folder + "/fake-engine"
    /// Weights that look right; fake engines do not read them.
    static let weights = root + "/models/roundhouse-guide.Q8_0.gguf"
    /// The checkout.
    static let root = (#filePath as NSString).deletingLastPathComponent + "/../../.."

    private static var programPath: String {
        guard let path = realpath("/proc/self/exe", nil) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }
}
