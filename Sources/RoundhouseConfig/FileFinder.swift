internal import FoundationEssentials
internal import RoundhouseCore

/// Where files that the configuration names lie.
struct FileFinder {
    /// The models folder, absolute.
    let modelsFolder: String
    /// The models folder as the user knows it, for messages.
    let shownFolder: String

    /// An absolute path without `.`, `..` and doubled slashes; relative ones start at `base`.
    static func absolute(_ path: String, in base: String) -> String {
        let full = path.hasPrefix("/") ? path : "\(base)/\(path)"
        var parts: [Substring] = []
        for part in full.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// A path as the user would recognise it: relative to the working directory if it lies below.
    static func shown(_ path: String) -> String {
        let here = FileManager.default.currentDirectoryPath
        return path.hasPrefix(here + "/") && here != "/" ? String(path.dropFirst(here.count + 1)) : path
    }

    /// The absolute path that `path` stands for: as given; `/models/x` as `x` in the models folder when there is no
    /// such file (that is how people's container files name it); relative ones in the models folder.
    func locate(_ path: String) -> String {
        if path.hasPrefix("/models/"), !Self.exists(path) {
            return Self.absolute(String(path.dropFirst("/models/".count)), in: modelsFolder)
        }
        return Self.absolute(path, in: modelsFolder)
    }

    /// Whether a file that is no folder exists.
    static func isFile(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory
    }

    /// Whether a folder exists.
    static func isFolder(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }

    /// Whether anything is there.
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// What a person who named `path` may have meant: files in its folder with a similar name, else all weights there.
    func suggestion(for path: String) -> String {
        let folder = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
        let name = String(path.dropFirst(folder.count + 1))
        let files: [String]
        do {
            files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            return "there is no folder \(Self.shown(folder)); put the file into \(shownFolder) and name it here"
        }
        let others = files.filter { !$0.hasSuffix(".yaml") && !$0.hasSuffix(".yml") }
        if let nearest = NearestName.among(others, of: name, limit: 1).first { return "did you mean `\(nearest)`?" }
        let weights = files.filter { $0.hasSuffix(".gguf") }
        if weights.isEmpty { return "put the file into \(shownFolder)" }
        return "put the file into \(shownFolder), or name one that is there: "
            + weights.prefix(5).joined(separator: ", ")
    }

    /// Bytes of a file, or of the files directly in a folder; nil if there is nothing.
    static func size(_ path: String) -> Int? {
        func bytes(_ file: String) -> Int? {
            do {
                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                return (attributes[.size] as? any BinaryInteger).map { Int($0) }
            } catch {
                // What cannot be looked at has no size that anybody knows; that it is missing is said elsewhere.
                return nil
            }
        }
        guard isFolder(path) else { return isFile(path) ? bytes(path) : nil }
        do {
            let files = try FileManager.default.contentsOfDirectory(atPath: path).map { "\(path)/\($0)" }
            return files.reduce(0) { sum, file in isFile(file) ? sum + (bytes(file) ?? 0) : sum }
        } catch {
            return nil
        }
    }
}
