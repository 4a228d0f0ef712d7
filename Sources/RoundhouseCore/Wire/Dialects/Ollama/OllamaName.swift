/// Ollama's names of models are `name:tag`, where a name without a tag means the tag `latest`. Configured names need have none, so that
/// `guide` and `guide:latest` are two ways of writing one.
public enum OllamaName {
    private static let latest = ":latest"

    /// The names to look for, in this order, when a client writes `name`. Answers carry the name as the client wrote it.
    public static func lookups(_ name: String) -> [String] {
        if name.hasSuffix(latest), name.count > latest.count { return [name, String(name.dropLast(latest.count))] }
        return hasTag(name) ? [name] : [name, name + latest]
    }

    /// A name as it stands in lists.
    public static func listed(_ name: String) -> String {
        hasTag(name) ? name : name + latest
    }

    /// A colon before a slash is that of a port.
    private static func hasTag(_ name: String) -> Bool {
        let last = name.lastIndex(of: "/").map { name[$0...] } ?? name[...]
        return last.contains(":")
    }
}
