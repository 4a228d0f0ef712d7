public import RoundhouseCore

/// One finding about the files, for people: what is wrong, where, and what to do.
public struct Problem: Sendable, Equatable {
    /// How bad it is.
    public enum Severity: String, Sendable, Codable {
        /// Wrong: `check` exits with 1. It refuses the start, or makes its model unavailable.
        case error
        /// Accepted, and probably not what was meant.
        case warning
        /// Something that was decided for the user.
        case note
    }

    /// How bad it is.
    public var severity: Severity
    /// Where; nil for what does not stand in a file.
    public var location: SourceLocation?
    /// What is wrong.
    public var message: String
    /// What to do or write instead; it may have several lines.
    public var fix: String?

    /// Makes a finding.
    public init(severity: Severity, location: SourceLocation?, message: String, fix: String? = nil) {
        self.severity = severity
        self.location = location
        self.message = message
        self.fix = fix
    }
}

extension Problem: CustomStringConvertible {
    /// `models/a.yaml:3: error: ...`, and the fix on the lines below, indented.
    public var description: String {
        let place = location.map { "\($0.file):\($0.line): " } ?? ""
        guard let fix else { return "\(place)\(severity.rawValue): \(message)" }
        let lines = fix.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
        return "\(place)\(severity.rawValue): \(message)\n" + lines.joined(separator: "\n")
    }
}

extension Problem: Codable {
    private enum CodingKeys: String, CodingKey {
        case severity, file, line, message, fix
    }

    /// Reads the flat form that `encode` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        severity = try container.decode(Severity.self, forKey: .severity)
        message = try container.decode(String.self, forKey: .message)
        fix = try container.decodeIfPresent(String.self, forKey: .fix)
        if let file = try container.decodeIfPresent(String.self, forKey: .file) {
            location = SourceLocation(file: file, line: try container.decode(Int.self, forKey: .line))
        }
    }

    /// Writes one flat object: `severity`, `file`, `line`, `message`, `fix`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(severity, forKey: .severity)
        try container.encodeIfPresent(location?.file, forKey: .file)
        try container.encodeIfPresent(location?.line, forKey: .line)
        try container.encode(message, forKey: .message)
        try container.encodeIfPresent(fix, forKey: .fix)
    }
}
