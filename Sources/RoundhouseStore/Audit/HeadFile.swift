internal import FoundationEssentials

#if canImport(Glibc)
private import Glibc
#endif

/// The file that anchors the end of the chain outside the database. Replaced as a whole, and on the disk before the write
/// returns.
struct HeadFile: Sendable {
    /// What a file can be found to be.
    enum Content: Equatable {
        /// There is none.
        case missing
        /// It is no head.
        case unreadable
        case head(ChainHead)
    }

    let path: String

    /// - Throws: `HeadFileError` if there is a file and it cannot be read.
    func read() throws -> Content {
        guard access(path, F_OK) == 0 else {
            guard errno == ENOENT else { throw HeadFileError("cannot be read", path, errno) }
            return .missing
        }
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw HeadFileError("cannot be read: \(error)", path)
        }
        return ChainHead(String(decoding: bytes, as: UTF8.self)).map(Content.head) ?? .unreadable
    }

    /// Replaces the file.
    /// - Throws: `HeadFileError`; the file is as it was then.
    func write(_ head: ChainHead) throws {
        try replace(path, with: "\(head)\n")
    }

    /// Keeps what disagrees with the database under another name, so that it stays evidence; if there is nothing, a note
    /// of that.
    /// - Returns: the path of the evidence.
    func setAside(_ why: String, at seconds: Int64) throws -> String {
        let base = path + ".broken-" + ChainHead.time(seconds)
        var kept = base
        var number = 2
        while access(kept, F_OK) == 0 {
            kept = "\(base)-\(number)"
            number += 1
        }
        if access(path, F_OK) != 0 {
            try replace(kept, with: "There was no head file: \(why)\n")
        } else if rename(path, kept) != 0 {
            throw HeadFileError("cannot be renamed", path, errno)
        }
        return kept
    }

    /// Paths of all that was ever set aside.
    func setAsideFiles() throws -> [String] {
        let parts = split()
        do {
            return try FileManager.default.contentsOfDirectory(atPath: parts.folder)
                .filter { $0.hasPrefix(parts.name + ".broken-") }.sorted().map { parts.folder + "/" + $0 }
        } catch {
            throw HeadFileError("has a folder that cannot be listed: \(error)", path)
        }
    }

    private func replace(_ target: String, with text: String) throws {
        let temporary = target + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw HeadFileError("cannot be written", temporary, errno) }
        let bytes = Array(text.utf8)
        // A head is far shorter than what a write takes in one go.
        let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        let number = errno
        close(file)
        guard isWritten else { throw HeadFileError("cannot be written", temporary, number) }
        guard rename(temporary, target) == 0 else { throw HeadFileError("cannot be replaced", target, errno) }
        let folder = open(split().folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw HeadFileError("is in a folder that cannot be opened", target, errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw HeadFileError("may not be on the disk", target, errno) }
    }

    private func split() -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}

/// The head file cannot be used.
public struct HeadFileError: Error, CustomStringConvertible {
    /// A sentence.
    public let description: String

    init(_ what: String, _ path: String, _ number: Int32? = nil) {
        description = "\(path) \(what)" + (number.map { ": " + String(cString: strerror($0)) } ?? "")
    }
}
