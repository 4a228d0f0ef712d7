/// Which backend serves which API, and how that was made sure of; for docs/backends.md.
public enum EngineMatrix {
    private static let columns: [(title: String, capability: Capability)] = [
        ("chat", .chat), ("completion", .completion), ("tools", .tools), ("vision", .vision),
        ("embeddings", .embeddings),
        ("rerank", .rerank), ("transcription", .transcription), ("translation", .translation), ("speech", .speech),
        ("image", .image), ("image edit", .imageEdit), ("moderation", .moderation),
    ]

    /// A table in Markdown: a row for each backend, a column for each API.
    public static var markdown: String {
        var lines = [
            "| `backend` | also called | started by Roundhouse | " + columns.map(\.title).joined(separator: " | ")
                + " |",
            "|---|---|---|" + String(repeating: "---|", count: columns.count),
        ]
        for profile in EngineProfile.all {
            let cells = columns.map { column in
                profile.possibleCapabilities.contains(column.capability)
                    ? profile.evidence(for: column.capability).rawValue : "-"
            }
            let synonyms = profile.synonyms.isEmpty ? "-" : profile.synonyms.map { "`\($0)`" }.joined(separator: ", ")
            lines.append(
                "| `\(profile.name)` | \(synonyms) | \(profile.canLaunch ? "yes" : "no") | "
                    + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
