internal import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

/// Weights on this machine's disk: what they say of themselves, and whether they look whole. Reads heads of files only, and may wait for
/// the disk.
enum WeightsFile {
    private static let largestJSON = 64 << 20

    /// What is known of the weights of a launched model; nil if there are none.
    static func facts(_ settings: LaunchSettings) -> WeightsFacts? {
        let projector = settings.mmproj.flatMap(size) ?? 0
        if isFolder(settings.weights) {
            guard let bytes = folderBytes(settings.weights) else { return nil }
            let config = json(settings.weights + "/config.json")
            return config.map { WeightsFacts(bytes: bytes + projector, config: $0) }
                ?? WeightsFacts(bytes: bytes + projector)
        }
        let bytes = parts(of: settings.weights).compactMap(size).reduce(0, +) + projector
        guard bytes > 0 else { return nil }
        guard case .header(let header) = header(settings.weights, tensors: false) else {
            return WeightsFacts(bytes: bytes)
        }
        return WeightsFacts(bytes: bytes, gguf: header)
    }

    /// What keeps weights from being loaded, as a sentence with what to do; nil if nothing does, as far as their heads and sizes say.
    /// Engines find the same out, some after a minute and a half. Clients read it: folders are not told.
    static func problem(_ settings: LaunchSettings, _ kind: EngineLaunch.Weights) -> String? {
        switch kind {
        case .none: return nil
        case .file(let endings):
            for part in parts(of: settings.weights) + (settings.mmproj.map { [$0] } ?? []) {
                if let problem = problem(file: part, isGGUF: endings.contains(".gguf")) { return problem }
            }
            return nil
        case .folder: return problem(folder: settings.weights)
        }
    }

    private static func problem(file path: String, isGGUF: Bool) -> String? {
        guard let bytes = size(path) else {
            return "the weights \(path.lastName) are not there any more, or cannot be read"
        }
        if bytes == 0 { return "the weights \(path.lastName) are empty; download them again" }
        if let page = page(at: path) { return page }
        guard isGGUF, path.hasSuffix(".gguf") else { return nil }
        guard start(of: path, 4) == Array("GGUF".utf8) else {
            return "the weights \(path.lastName) are no GGUF file: they do not begin with GGUF"
        }
        let cut = "the weights \(path.lastName) are cut off"
        // Of another version, or with what only the engine knows, it is the engine's business.
        let header: GGUFHeader
        switch Self.header(path, tensors: true) {
        case .header(let found): header = found
        case .isLonger: return cut + " in their header; download them again"
        case .isOther, nil: return nil
        }
        guard let whole = header.wholeSize, bytes < whole else { return nil }
        return cut + ": \(bytes.shownBytes) of \(whole.shownBytes) are there; download them again"
    }

    private static func problem(folder path: String) -> String? {
        guard isFolder(path) else { return "the weights \(path.lastName) are not there any more" }
        for file in names(in: path) where file.hasSuffix(".safetensors") {
            let full = "\(path)/\(file)"
            if let page = page(at: full) { return page }
            guard let head = start(of: full, 8), head.count == 8, let bytes = size(full) else {
                return "the weights \(full.lastName) are cut off; download them again"
            }
            // The length of the JSON that follows (https://huggingface.co/docs/safetensors).
            let length = head.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard length <= UInt64(bytes - 8) else {
                return "the weights \(full.lastName) are cut off, or no safetensors; download them again"
            }
        }
        guard let index = json(path + "/model.safetensors.index.json") else { return nil }
        let wanted = Set(index["weight_map"]?.members.values.compactMap(\.string) ?? [])
        let missing = wanted.filter { size("\(path)/\($0)") == nil }.sorted()
        return missing.first.map { first in
            "\(missing.count) of \(wanted.count) files of the weights in \(path.lastName) are missing, \(first) among them; download them too"
        }
    }

    /// What people save in the place of weights: the page that offers them, and Git LFS's pointer to them.
    private static func page(at path: String) -> String? {
        guard let head = start(of: path, 64) else { return nil }
        let text = String(decoding: head, as: UTF8.self).lowercased()
        if text.hasPrefix("version https://git-lfs") {
            return "\(path.lastName) is a pointer of Git LFS and not the weights; fetch them with `git lfs pull`"
        }
        guard text.hasPrefix("<!doctype") || text.hasPrefix("<html") else { return nil }
        return "\(path.lastName) is a web page and not the weights; download the file itself"
    }

    /// All files of weights that are split as llama.cpp splits them (`name-00001-of-00003.gguf`), else the one.
    static func parts(of path: String) -> [String] {
        let name = path.hasSuffix(".gguf") ? path.dropLast(5) : path[...]
        let tail = name.suffix(15)
        let fields = tail.split(separator: "-")
        guard path.hasSuffix(".gguf"), tail.first == "-", fields.count == 3, fields[1] == "of",
            fields[0].utf8.count == 5,
            let count = Int(fields[2]), Int(fields[0]) != nil, (1...9999).contains(count)
        else { return [path] }
        return (1...count).map { number in
            let digits = String(number)
            return
                "\(name.dropLast(15))-\(String(repeating: "0", count: 5 - digits.utf8.count))\(digits)-of-\(fields[2]).gguf"
        }
    }

    /// The head of a GGUF file, with the texts whose keys begin with `prefix`; nil if it cannot be read.
    static func header(
        _ path: String, prefix: String = "general.architecture", tensors: Bool
    ) -> GGUFHeader.Reading? {
        GGUFHeader.read(prefix: prefix, tensors: tensors) { start(of: path, $0) }
    }

    /// Bytes of the weights in a folder: what the index of safetensors says, else of all files that hold weights, else of all files.
    private static func folderBytes(_ path: String) -> Int? {
        if let total = json(path + "/model.safetensors.index.json")?["metadata"]?["total_size"]?.int, total > 0 {
            return total
        }
        let files = names(in: path)
        let weights = files.filter { name in [".safetensors", ".bin", ".pt", ".gguf"].contains { name.hasSuffix($0) } }
        let sizes = (weights.isEmpty ? files : weights).compactMap { size("\(path)/\($0)") }
        // Of diffusers' pipelines each part has a folder of its own.
        let below = files.map { "\(path)/\($0)" }.filter(isFolder).compactMap { folder in
            names(in: folder).compactMap { size("\(folder)/\($0)") }.reduce(0, +)
        }
        let sum = (sizes + below).reduce(0, +)
        return sum > 0 ? sum : nil
    }

    private static func json(_ path: String) -> JSONValue? {
        guard let size = size(path), size <= largestJSON, let bytes = start(of: path, size) else { return nil }
        return bytes.withUnsafeBytes { JSONValue($0) }
    }

    private static func names(in path: String) -> [String] { KernelFile.names(in: path).sorted() }

    private static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    private static func size(_ path: String) -> Int? {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG ? Int(info.st_size) : nil
    }

    /// The first bytes of a file; nil if it cannot be read, which its engine will say better.
    static func start(of path: String, _ size: Int) -> [UInt8]? {
        // A pipe or a device that stands there must not make this wait.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = read(file, buffer.baseAddress! + count, size - count)
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                if got <= 0 { return }
                count += got
            }
        }
        return failed ? nil : bytes
    }
}

extension String {
    /// What stands behind the last slash.
    fileprivate var lastName: Substring { self[(lastIndex(of: "/").map { index(after: $0) } ?? startIndex)...] }
}
