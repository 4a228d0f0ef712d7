internal import RoundhouseCore

/// Reads `name` and `aliases` of a model or a route, which share one space of names.
struct EntryNames {
    let problems: Problems

    func name(_ top: Section) -> String? {
        guard let entry = top.entry("name") else {
            problems.error(
                top.location, "this model has no `name`", fix: "add what clients shall send as \"model\": name: llama3")
            return nil
        }
        guard let text = entry.value.text else {
            top.expected("text", entry)
            return nil
        }
        return isValid(text, entry.value.location) ? text : nil
    }

    private func isValid(_ name: String, _ location: SourceLocation?) -> Bool {
        // 256 bytes is far more than any name; the limit keeps log lines and headers short.
        let isClean = name.unicodeScalars.allSatisfy {
            // A `*` would be a pattern in the lists of teams and keys.
            !$0.properties.isWhitespace && $0.value > 0x20 && $0.value != 0x7f && $0 != "*"
        }
        guard !name.isEmpty, name.utf8.count <= 256, isClean else {
            problems.error(
                location, "`\(YAMLValue.shortened(name))` is no name for a model",
                fix: "use 1 to 256 bytes without spaces, control characters and `*`, like llama3 or meta/llama-3.2")
            return false
        }
        return true
    }

    func aliases(_ top: Section, name: String?) -> [String] {
        var aliases: [String] = []
        for (alias, location) in top.texts("aliases") ?? [] where isValid(alias, location) {
            if alias == name || aliases.contains(alias) {
                problems.error(
                    location, "`\(alias)` is already a name of this model", fix: "remove it from `aliases`")
            } else {
                aliases.append(alias)
            }
        }
        return aliases
    }
}
