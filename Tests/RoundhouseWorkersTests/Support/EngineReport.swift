/// What fake engines say about themselves in the file that `--report` names.
struct EngineReport {
    struct Start {
        var pid: Int32
        var launcher: Int32
        var oomScore: String
        var files: [Int32: String] = [:]
        var environment: [String: String] = [:]
        var arguments: [String] = []
    }

    private(set) var starts: [Start] = []
    /// Process ids of the engines' children.
    private(set) var children: [Int32] = []

    init(_ path: String) {
        for line in (contents(path) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { continue }
            let rest = words[1].split(separator: " ").map(String.init)
            switch words[0] {
            case "start":
                starts.append(Start(pid: Int32(rest[0]) ?? -1, launcher: Int32(rest[1]) ?? -1, oomScore: rest[2]))
            case "child": children.append(Int32(rest[0]) ?? -1)
            case "fd": starts[starts.count - 1].files[Int32(rest[0]) ?? -1] = rest.dropFirst().joined(separator: " ")
            case "env":
                let parts = words[1].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                starts[starts.count - 1].environment[String(parts[0])] = parts.dropFirst().joined()
            case "argument": starts[starts.count - 1].arguments.append(words[1])
            default: break
            }
        }
    }
}
