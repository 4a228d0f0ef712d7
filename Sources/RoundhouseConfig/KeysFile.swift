public import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// `config/keys.yaml`: the keys, without their secrets. Written by `roundhouse keys` alone, hence rewritten as a whole.
public struct KeysFile: Sendable {
    /// Its path.
    public let path: String
    /// What messages call it.
    private let shown: String

    /// The file at this path, which need not exist.
    public init(path: String) {
        self.init(path: path, shown: path)
    }

    init(path: String, shown: String) {
        self.path = path
        self.shown = shown
    }

    /// The keys in the file as they stand in it, aliases of models included; none if there is no file. What a gateway serves
    /// with is `LoadResult.keys`.
    /// - Throws: `KeysFileError` with every problem. A file with a mistake in it counts as a whole: a key that was meant to
    ///   be revoked must not live on because of a typing error elsewhere.
    public func load() throws -> [APIKey] {
        let problems = Problems()
        let keys = entries(problems).map(\.key)
        guard !problems.refusesStart else {
            throw KeysFileError(problems.all.map(\.description).joined(separator: "\n"))
        }
        return keys
    }

    /// The same with places, for the loader.
    func entries(_ problems: Problems) -> [KeyEntry] {
        var info = stat()
        guard stat(path, &info) == 0 else {
            if errno != ENOENT { problems.error(nil, "\(shown): \(String(cString: strerror(errno)))") }
            return []
        }
        guard info.st_mode & 0o022 == 0 else {
            problems.error(nil, "\(shown) can be written by others", fix: "chmod 600 \(shown)")
            return []
        }
        let documents = YAMLReader(problems: problems).documents(path: path, file: shown) ?? []
        return KeyParser(problems: problems).keys(documents)
    }

    /// Adds a key.
    /// - Throws: `KeysFileError`, also if there is a key with this id already.
    public func add(_ key: APIKey) throws {
        guard APIKey.isValid(id: key.id) else {
            throw KeysFileError(
                "`\(key.id)` is no name for a key: use lower-case letters, digits and dashes, at most 48.")
        }
        if let team = key.team, !Team.isValid(name: team) {
            throw KeysFileError(
                "`\(team)` is no name for a team: use letters, digits, dashes, underscores and dots, at most 64.")
        }
        if let expires = key.expires, KeyExpiry.seconds(KeyExpiry.text(expires)) != expires {
            throw KeysFileError("A key cannot expire after the year 9999.")
        }
        try change { keys in
            guard !keys.contains(where: { $0.id == key.id }) else {
                throw KeysFileError(
                    "There is a key `\(key.id)` already. Give it a new secret with `roundhouse keys rotate \(key.id)`, revoke "
                        + "it first, or choose another name.")
            }
            keys.append(key)
        }
    }

    /// Removes a key.
    /// - Throws: `KeysFileError`, also if there is none with this id.
    public func revoke(id: String) throws {
        try change { keys in keys.remove(at: try Self.index(of: id, in: keys)) }
    }

    static func index(of id: String, in keys: [APIKey]) throws -> Int {
        if let index = keys.firstIndex(where: { $0.id == id }) { return index }
        let nearest = NearestName.among(keys.map(\.id), of: id, limit: 1).first
        throw KeysFileError("There is no key `\(id)`." + (nearest.map { " Did you mean `\($0)`?" } ?? ""))
    }

    /// Reads, changes and writes the file under a lock.
    @discardableResult
    func change<Result>(_ body: (inout [APIKey]) throws -> Result) throws -> Result {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw KeysFileError("\(path).lock: \(String(cString: strerror(errno)))") }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else {
            throw KeysFileError("\(path).lock: \(String(cString: strerror(errno)))")
        }
        var keys = try load()
        let result = try body(&keys)
        let text = KeyWriter.text(keys)
        // What is written must be what will be read: a file that is refused locks everybody out.
        let problems = Problems()
        let documents = YAMLReader(problems: problems).documents(bytes: Array(text.utf8), file: shown) ?? []
        guard KeyParser(problems: problems).keys(documents).map(\.key) == keys, !problems.refusesStart else {
            let reasons = problems.all.map(\.description).joined(separator: "\n")
            throw KeysFileError("This key cannot be kept in \(path); nothing has been changed.\n\(reasons)")
        }
        try write(text)
        return result
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
