#if canImport(Glibc)
private import Glibc
#endif

/// What files look like from outside: enough to see that one of them has changed, without reading any.
public struct FileFingerprint: Sendable, Equatable {
    fileprivate struct Entry: Sendable, Equatable {
        var name: String
        /// Inode, size, time of the last write in seconds and nanoseconds, mode; empty for a file that is not there.
        var facts: [Int64]
    }

    fileprivate var entries: [Entry] = []

    /// No files.
    public init() {}
}

/// The files that a configuration is read from.
public enum ConfigurationFiles {
    /// Whether a file of this name in the models folder holds models.
    public static func isModelFile(_ name: String) -> Bool {
        !name.hasPrefix(".") && (name.hasSuffix(".yaml") || name.hasSuffix(".yml"))
    }

    /// The state of every model file, of `roundhouse.yaml` and `keys.yaml`, and of `also` (`LoadResult.watchedFiles`).
    ///
    /// Symbolic links are followed. An editor that writes in place, a byte more or a chmod each make another value; a
    /// thousand files take a few milliseconds. It blocks on the file system, so it is not for an event loop.
    public static func fingerprint(models: String, config: String, also: [String] = []) -> FileFingerprint {
        var result = FileFingerprint()
        result.entries = modelFiles(in: models).sorted { $0.name < $1.name }
        for name in ["roundhouse.yaml", "roundhouse.yml", "keys.yaml"] {
            result.entries.append(entry("\(config)/\(name)", name: name))
        }
        return result.adding(also)
    }

    private static func modelFiles(in folder: String) -> [FileFingerprint.Entry] {
        guard let directory = opendir(folder) else {
            // A folder that comes and goes makes another value, too.
            return [FileFingerprint.Entry(name: "", facts: [])]
        }
        defer { closedir(directory) }
        let descriptor = dirfd(directory)
        var entries: [FileFingerprint.Entry] = []
        while let item = readdir(directory) {
            let name = withUnsafeBytes(of: &item.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard isModelFile(name) else { continue }
            var info = stat()
            let isThere = fstatat(descriptor, name, &info, 0) == 0
            entries.append(FileFingerprint.Entry(name: name, facts: isThere ? facts(info) : []))
        }
        return entries
    }

    fileprivate static func entry(_ path: String, name: String) -> FileFingerprint.Entry {
        var info = stat()
        return FileFingerprint.Entry(name: name, facts: stat(path, &info) == 0 ? facts(info) : [])
    }

    private static func facts(_ info: stat) -> [Int64] {
        [
            Int64(truncatingIfNeeded: info.st_ino), Int64(info.st_size), Int64(info.st_mtim.tv_sec),
            Int64(info.st_mtim.tv_nsec), Int64(info.st_mode),
        ]
    }
}

extension FileFingerprint {
    /// The same with the state of further files.
    func adding(_ paths: [String]) -> FileFingerprint {
        var result = self
        for path in paths { result.entries.append(ConfigurationFiles.entry(path, name: path)) }
        return result
    }
}
