public import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// `config/keys.yaml`: the keys, without their secrets. Written by `roundhouse keys` alone, hence rewritten as a whole.
public struct KeysFile: Sendable {
    /// Its path.
    public let path: String

    /// The file at this path, which need not exist.
    public init(path: String) {
        self.path = path
    }

    private static let known = ["id", "team", "class", "sha256", "expires"]

    /// The keys in the file; none if there is no file.
    /// - Throws: `KeysFileError` with every problem. A file with a mistake in it counts as a whole: a key that was meant to
    ///   be revoked must not live on because of a typing error elsewhere.
    public func load() throws -> [APIKey] {
        var info = stat()
        guard stat(path, &info) == 0 else {
            if errno == ENOENT { return [] }
            throw KeysFileError("\(path): \(String(cString: strerror(errno)))")
        }
        guard info.st_mode & 0o022 == 0 else {
            throw KeysFileError("\(path) can be written by others; run `chmod 600 \(path)`.")
        }
        let problems = Problems()
        let documents = YAMLReader(problems: problems).documents(path: path, file: path) ?? []
        let keys = documents.flatMap { entries($0, problems) }.compactMap { key($0, problems) }
        for (index, key) in keys.enumerated() {
            if let other = keys[..<index].first(where: { $0.id == key.id || $0.hash == key.hash }) {
                problems.error(
                    nil, "\(path): the keys `\(other.id)` and `\(key.id)` have the same id or the same secret")
            }
        }
        guard !problems.refusesStart else {
            throw KeysFileError(problems.all.map(\.description).joined(separator: "\n"))
        }
        return keys
    }

    private func entries(_ value: YAMLValue, _ problems: Problems) -> [YAMLValue] {
        switch value.content {
        case .list(let entries): return entries
        case .mapping: return [value]
        case .scalar:
            problems.error(
                value.location, "expected a list of keys", fix: "make keys with `roundhouse keys create NAME`")
            return []
        }
    }

    private func key(_ value: YAMLValue, _ problems: Problems) -> APIKey? {
        guard case .mapping(let entries) = value.content else {
            problems.error(value.location, "expected a key like {id: name, class: inference, sha256: ...}")
            return nil
        }
        let section = Section(entries: entries, location: value.location, problems: problems)
        section.rejectUnknown(known: Self.known)
        guard let id = section.text("id"), APIKey.isValid(id: id) else {
            problems.error(value.location, "a key needs an `id` of lower-case letters, digits and dashes")
            return nil
        }
        guard let hash = section.text("sha256").flatMap({ KeyHash(hex: $0) }) else {
            problems.error(value.location, "the key `\(id)` needs `sha256` with 64 hexadecimal digits")
            return nil
        }
        let words = KeyClass.allCases.map(\.rawValue)
        let keyClass = section.entry("class") == nil ? "inference" : section.word("class", words)
        var expires: Int64?
        if let text = section.text("expires") {
            expires = CalendarDay(text)?.secondsSince1970
            if expires == nil {
                problems.error(value.location, "`expires` of the key `\(id)` must be a day like 2027-01-01")
            }
        }
        guard let keyClass = keyClass.flatMap(KeyClass.init(rawValue:)) else { return nil }
        return APIKey(id: id, team: section.text("team"), keyClass: keyClass, hash: hash, expires: expires)
    }

    // Writing.

    /// Adds a key.
    /// - Throws: `KeysFileError`, also if there is a key with this id already.
    ///
    /// An expiry is kept as a day, rounded up to its end.
    public func add(_ key: APIKey) throws {
        guard APIKey.isValid(id: key.id) else {
            throw KeysFileError(
                "`\(key.id)` is no name for a key: use lower-case letters, digits and dashes, at most 48.")
        }
        if let team = key.team, !APIKey.isValid(id: team) {
            throw KeysFileError(
                "`\(team)` is no name for a team: use lower-case letters, digits and dashes, at most 48.")
        }
        if let expires = key.expires, CalendarDay("\(CalendarDay(endingAt: expires))") == nil {
            throw KeysFileError("A key cannot expire after the year 9999.")
        }
        try change { keys in
            guard !keys.contains(where: { $0.id == key.id }) else {
                throw KeysFileError("There is a key `\(key.id)` already. Revoke it first, or choose another name.")
            }
            keys.append(key)
        }
    }

    /// Removes a key.
    /// - Throws: `KeysFileError`, also if there is none with this id.
    public func revoke(id: String) throws {
        try change { keys in
            guard let index = keys.firstIndex(where: { $0.id == id }) else {
                let nearest = NearestName.among(keys.map(\.id), of: id, limit: 1).first
                let hint = nearest.map { " Did you mean `\($0)`?" } ?? ""
                throw KeysFileError("There is no key `\(id)`.\(hint)")
            }
            keys.remove(at: index)
        }
    }

    private func change(_ body: (inout [APIKey]) throws -> Void) throws {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw KeysFileError("\(path).lock: \(String(cString: strerror(errno)))") }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else {
            throw KeysFileError("\(path).lock: \(String(cString: strerror(errno)))")
        }
        var keys = try load()
        try body(&keys)
        try write(Self.text(keys))
    }

    private static func text(_ keys: [APIKey]) -> String {
        let lines = keys.map { key in
            // In quotes: `null` and `123` are good names, and would be something else without them.
            var fields = ["id: \"\(key.id)\""]
            if let team = key.team { fields.append("team: \"\(team)\"") }
            fields += ["class: \(key.keyClass.rawValue)", "sha256: \(key.hash.hex)"]
            if let expires = key.expires { fields.append("expires: \(CalendarDay(endingAt: expires))") }
            return "- {\(fields.joined(separator: ", "))}\n"
        }
        return "# Written by `roundhouse keys`. The secrets themselves are not in it.\n" + lines.joined()
    }

    /// Replaces the file in one step, so that a reader sees the old or the new one and a crash leaves one of them.
    private func write(_ text: String) throws {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw KeysFileError("\(temporary): \(String(cString: strerror(errno)))") }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        close(file)
        guard isWritten, rename(temporary, path) == 0 else {
            throw KeysFileError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}

/// Keys cannot be read or written.
public struct KeysFileError: Error, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
