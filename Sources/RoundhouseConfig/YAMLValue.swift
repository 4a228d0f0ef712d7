internal import RoundhouseCore
internal import Yams

/// A YAML value and where it stands, free of the parser's types; values from the environment take the same form.
struct YAMLValue {
    enum Content {
        case scalar(String, plain: Bool)
        case list([YAMLValue])
        case mapping([YAMLEntry])
    }

    var content: Content
    var location: SourceLocation?

    /// The text of a scalar as it was written; nil for null, lists and mappings.
    var text: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return text
    }

    /// Whether nothing was given: an empty value, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, plain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What was found, for "expected ..., found ...".
    var found: String {
        switch content {
        case .list: "a list"
        case .mapping: "a mapping"
        case .scalar(let text, let plain):
            if isNull {
                "nothing"
            } else {
                plain ? "`\(Self.shortened(text))`" : "the text \"\(Self.shortened(text))\""
            }
        }
    }

    /// At most 60 characters of a text, on one line.
    static func shortened(_ text: String) -> String {
        let line = text.map { $0.isNewline ? " " : $0 }
        return line.count > 60 ? String(line.prefix(59)) + "…" : String(line)
    }
}

/// A key of a mapping with its value.
struct YAMLEntry {
    var key: String
    var location: SourceLocation?
    var value: YAMLValue
}

extension YAMLValue {
    /// Nesting that no configuration needs; deeper values read as null.
    private static let deepest = 32

    /// Takes over a composed node of `file`.
    init(_ node: Node, file: String, depth: Int = 0) {
        let location = node.mark.map { SourceLocation(file: file, line: $0.line) }
        self.location = location
        guard depth < Self.deepest else {
            content = .scalar("", plain: true)
            return
        }
        switch node {
        case .scalar(let scalar):
            content = .scalar(scalar.string, plain: scalar.style == .plain)
        case .sequence(let sequence):
            content = .list(sequence.map { YAMLValue($0, file: file, depth: depth + 1) })
        case .mapping(let mapping):
            content = .mapping(
                mapping.map { key, value in
                    YAMLEntry(
                        key: key.scalar?.string ?? "(a list or mapping)",
                        location: key.mark.map { SourceLocation(file: file, line: $0.line) } ?? location,
                        value: YAMLValue(value, file: file, depth: depth + 1))
                })
        case .alias:
            content = .scalar("", plain: true)
        }
    }
}
