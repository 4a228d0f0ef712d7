internal import FoundationEssentials
internal import RoundhouseCore
internal import Yams

/// Reads the text of one file into values; says in people's words what is wrong with YAML that does not parse.
struct YAMLReader {
    /// Far more than any configuration; a file of weights that was renamed to .yaml must not be read.
    private static let largest = 1 << 20
    /// Deeper brackets than this are nobody's configuration, and would exhaust the stack of the recursive parser.
    private static let deepestIndentation = 200

    let problems: Problems

    /// The documents of the file at `path`, which messages call `file`; nil if it cannot be read or parsed, which has
    /// been reported then.
    func documents(path: String, file: String) -> [YAMLValue]? {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            problems.error(
                SourceLocation(file: file, line: 1), "the file cannot be read: \(Self.reason(error))",
                fix: "make it a readable file, or move it away")
            return nil
        }
        return documents(bytes: [UInt8](data), file: file)
    }

    /// The documents in these bytes.
    func documents(bytes: [UInt8], file: String) -> [YAMLValue]? {
        guard bytes.count <= Self.largest else {
            problems.error(SourceLocation(file: file, line: 1), "the file is larger than 1 MiB; is it YAML?")
            return nil
        }
        // A byte order mark, which some editors write; the parser takes it for text.
        let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let valid = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\u{FFFD}" }
            let line = valid.utf8.count { $0 == 0x0a } + 1
            problems.error(
                SourceLocation(file: file, line: line), "the file is not UTF-8 text", fix: "save it as UTF-8")
            return nil
        }
        guard nestingIsSane(text) else {
            problems.error(SourceLocation(file: file, line: 1), "the file is nested too deeply to be a configuration")
            return nil
        }
        do {
            var sequence = try compose_all(yaml: text, .basic)
            var values: [YAMLValue] = []
            while let node = sequence.next() { values.append(YAMLValue(node, file: file)) }
            if let error = sequence.error { throw error }
            return values.filter { !$0.isNull }
        } catch {
            report(error, text: text, file: file)
            return nil
        }
    }

    private func nestingIsSane(_ text: String) -> Bool {
        var open = 0
        var deepest = 0
        var widest = 0
        var indentation = 0
        var atStart = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"):
                (atStart, indentation, open) = (true, 0, max(open, 0))
            case UInt8(ascii: " ") where atStart, UInt8(ascii: "-") where atStart, UInt8(ascii: "?") where atStart:
                indentation += 1
                widest = max(widest, indentation)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                open += 1
                deepest = max(deepest, open)
                atStart = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                open -= 1
                atStart = false
            default:
                atStart = false
            }
        }
        return deepest <= Self.deepestIndentation && widest <= Self.deepestIndentation * 4
    }

    private func report(_ error: any Error, text: String, file: String) {
        guard let error = error as? YamlError else {
            problems.error(SourceLocation(file: file, line: 1), "the file cannot be parsed: \(error)")
            return
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let tab = lines.prefix(mark.line).firstIndex { line in
                line.prefix { $0 == " " || $0 == "\t" }.contains("\t")
            }
            if let tab {
                // The key alone: the value may be a secret.
                let key = lines[tab].firstIndex(of: ":").map { lines[tab][...$0].drop(while: \.isWhitespace) }
                problems.error(
                    SourceLocation(file: file, line: tab + 1), "a tab is used for indentation; YAML takes spaces only",
                    fix: "write spaces in its place" + (key.map { " in front of `\($0)`" } ?? ""))
                return
            }
            var message = "this is not valid YAML: \(problem)"
            if let context { message += " (\(context.text), which began in line \(context.mark.line))" }
            problems.error(
                SourceLocation(file: file, line: mark.line), "\(message), at column \(mark.column)",
                fix: hint(problem, line: lines.indices.contains(mark.line - 1) ? lines[mark.line - 1] : ""))
        case .duplicatedKeysInMapping(let keys, let context):
            for key in keys {
                let places = Self.places(of: key, in: lines, near: context.mark)
                let line = places.last ?? context.mark.line
                problems.error(
                    SourceLocation(file: file, line: line),
                    "the key `\(YAMLValue.shortened(key))` stands twice in one mapping"
                        + (places.count > 1 ? ", first in line \(places[0])" : ""),
                    fix: "remove one of them; several models in one file are separated by a line with `---`")
            }
        case .reader(let problem, _, _, _):
            problems.error(
                SourceLocation(file: file, line: 1), "this is not valid YAML: \(problem)",
                fix: "the file holds characters that are not text")
        default:
            problems.error(SourceLocation(file: file, line: 1), "this is not valid YAML: \(error)")
        }
    }

    private func hint(_ problem: String, line: Substring) -> String? {
        if problem.contains("mapping values are not allowed") {
            return "look for a missing line break or wrong indentation before the `:`, or put the text in quotes"
        }
        if line.contains("*") { return "put the pattern in quotes, as \"*\" and \"*-mini\"" }
        if line.contains("@") || line.contains("%") || line.contains("`") { return "put the text in quotes" }
        return "look at the indentation, brackets and quotes of this line and the one before"
    }

    /// The lines, from the mapping's first duplicated key on, where the key stands with the same indentation.
    private static func places(of key: String, in lines: [Substring], near mark: Mark) -> [Int] {
        var places: [Int] = []
        for (index, line) in lines.enumerated() {
            let body = line.drop { $0 == " " || $0 == "-" }
            guard body.hasPrefix("\(key):"), line.count - body.count == mark.column - 1 else {
                if line.hasPrefix("---"), index < mark.line { places.removeAll() }
                if line.hasPrefix("---"), index >= mark.line { break }
                continue
            }
            places.append(index + 1)
        }
        return places
    }

    /// The reason of a failed file operation without the path, which the message has already said.
    static func reason(_ error: any Error) -> String {
        if let error = error as? CocoaError {
            switch error.code {
            case .fileReadNoPermission: return "no permission"
            case .fileReadNoSuchFile, .fileNoSuchFile: return "there is no such file"
            default: break
            }
        }
        return String(describing: error)
    }
}
