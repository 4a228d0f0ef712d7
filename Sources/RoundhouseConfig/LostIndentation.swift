/// YAML pasted with its indentation lost: the keys of a section stand at the margin under the section's empty key.
/// That is valid YAML of another meaning, so it is looked for here.
enum LostIndentation {
    /// Reports it, and returns the entries with the indentation put back, so that the rest can be judged too.
    static func repair(
        _ entries: [YAMLEntry], sections: [(key: String, keys: [String])], known: [String], problems: Problems
    ) -> [YAMLEntry] {
        var result = entries
        for (section, keys) in sections {
            guard let start = result.firstIndex(where: { $0.key == section && $0.value.isNull }) else { continue }
            var end = start + 1
            while end < result.count, keys.contains(result[end].key), !known.contains(result[end].key) { end += 1 }
            let moved = Array(result[(start + 1)..<end])
            guard let first = moved.first else { continue }
            let lines = moved.map { "  \($0.key): \(written($0.value))" }
            problems.error(
                first.location,
                "`\(first.key)` has lost its indentation: it belongs under `\(section):`, which is empty",
                fix: "\(section):\n" + lines.joined(separator: "\n"))
            result[start].value.content = .mapping(moved)
            result.removeSubrange((start + 1)..<end)
        }
        return result
    }

    private static func written(_ value: YAMLValue) -> String {
        switch value.content {
        case .scalar(let text, let plain): plain ? text : "\"\(text)\""
        case .list(let items): "[\(items.map(written).joined(separator: ", "))]"
        case .mapping: "..."
        }
    }
}
