internal import FoundationEssentials
internal import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// `server.tls` as it was written, in the file and in the environment.
struct TLSEntries {
    /// A path, where it stands, and what it is called there.
    struct Path {
        var text: String
        var location: SourceLocation?
        var key: String
    }

    var certificate: Path?
    var key: Path?
}

/// Finds the files of `server.tls`.
struct TLSParser {
    /// The config folder, absolute: relative paths start there.
    let folder: String
    let problems: Problems

    /// Absolute paths of what was written, for whoever watches these files.
    func paths(_ entries: TLSEntries) -> [String] {
        [entries.certificate, entries.key].compactMap { $0.map { FileFinder.absolute($0.text, in: folder) } }
    }

    /// The pair; nil if there is none, and if something is wrong with it, which has been reported then.
    func files(_ entries: TLSEntries) -> TLSFiles? {
        guard let given = entries.certificate ?? entries.key else { return nil }
        guard let certificate = entries.certificate, let key = entries.key else {
            let missing = entries.certificate == nil ? "certificate" : "key"
            problems.error(
                given.location, "`\(given.key)` stands alone: `server.tls` needs the `\(missing)` too",
                fix: "tls: {certificate: server.crt, key: server.key}")
            return nil
        }
        let first = existing(certificate, holding: "a certificate", marks: ["-----BEGIN CERTIFICATE-----"])
        let second = existing(key, holding: "a private key", marks: ["PRIVATE KEY-----"])
        guard let first, let second else { return nil }
        return TLSFiles(certificate: first, key: second)
    }

    private func existing(_ path: TLSEntries.Path, holding what: String, marks: [String]) -> String? {
        let full = FileFinder.absolute(path.text, in: folder)
        let shown = FileFinder.shown(full)
        guard FileFinder.isFile(full) else {
            problems.error(
                path.location, "`\(path.key)`: there is no file \(shown)",
                fix: "a relative path is looked for in \(FileFinder.shown(folder))")
            return nil
        }
        let text: String
        do {
            text = String(decoding: try Data(contentsOf: URL(filePath: full)).prefix(1 << 20), as: UTF8.self)
        } catch {
            problems.error(
                path.location, "`\(path.key)`: \(shown) cannot be read: \(YAMLReader.reason(error))",
                fix: "let user \(geteuid()) read it")
            return nil
        }
        guard marks.contains(where: text.contains) else {
            problems.error(
                path.location, "`\(path.key)`: \(shown) holds no line that begins \(what) in PEM",
                fix: "are `certificate` and `key` the other way round? Files in DER: openssl x509 (or pkey) -inform der"
            )
            return nil
        }
        return full
    }
}
