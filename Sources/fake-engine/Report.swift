import Glibc

/// Tells a test what the engine was started with, a line for each fact, appended to a file in one write.
enum Report {
    static func start(_ path: String) {
        // The descriptors first: opening the report adds one.
        var lines = openFiles()
        lines.insert("start \(getpid()) \(getppid()) \(score())", at: 0)
        var variable = environ
        while let text = variable.pointee {
            lines.append("env " + String(String(cString: text).map { $0 == "\n" ? " " : $0 }))
            variable += 1
        }
        lines += CommandLine.arguments.map { "argument \($0)" }
        append(lines, to: path)
    }

    static func append(_ lines: [String], to path: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        guard file >= 0, write(file, bytes, bytes.count) == bytes.count else {
            printError("fake-engine: \(path) cannot be written\n")
            exit(2)
        }
        close(file)
    }

    static func printError(_ text: String) {
        _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }

    private static func openFiles() -> [String] {
        guard let folder = opendir("/proc/self/fd") else { return ["fd -1 /proc/self/fd cannot be read"] }
        defer { closedir(folder) }
        var lines: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let number = Int32(name), number != dirfd(folder) else { continue }
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/fd/\(name)", &target, target.count)
            let bytes = target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
            lines.append("fd \(number) " + String(decoding: bytes, as: UTF8.self))
        }
        return lines
    }

    private static func score() -> String {
        guard let file = fopen("/proc/self/oom_score_adj", "r") else { return "unknown" }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 16)
        let count = fread(&text, 1, text.count, file)
        return String(decoding: text.prefix(count).filter { $0 != 0x0a }, as: UTF8.self)
    }
}
