/// The header of a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): texts such as chat templates, numbers such as
/// those of layers, and where the tensors end.
public struct GGUFHeader: Sendable, Equatable {
    /// The texts whose keys were wanted.
    public internal(set) var texts: [String: String] = [:]
    /// All whole numbers, by key; of a list of numbers, their sum.
    public internal(set) var numbers: [String: Int] = [:]
    /// Entries of each list.
    public internal(set) var counts: [String: Int] = [:]
    /// Bytes that the file must have for its last tensor to be whole; nil if the part ends before that is known, or if a tensor's type is
    /// not known.
    public internal(set) var wholeSize: Int?

    /// What came of reading a part of a file from its start.
    public enum Reading: Sendable, Equatable {
        case header(GGUFHeader)
        /// The header goes on behind the part.
        case isLonger
        /// It is no GGUF file, or of a version that is not known.
        case isOther
    }

    /// Reads the numbers, and the texts whose keys begin with `prefix`.
    /// - Parameter tensors: whether the list of tensors is read too, which stands behind the vocabulary.
    public static func read(
        _ start: UnsafeRawBufferPointer, prefix: String, tensors: Bool = false
    ) -> Reading {
        guard start.count >= 24 else { return .isLonger }
        var reader = GGUFReader(bytes: start)
        do throws(GGUFReader.ReadingError) {
            guard try reader.number(UInt32.self) == 0x4655_4747, (2...3).contains(try reader.number(UInt32.self)) else {
                return .isOther
            }
            let tensorCount = try reader.number(UInt64.self)
            var header = GGUFHeader()
            for _ in 0..<(try reader.number(UInt64.self)) {
                let key = String(decoding: try reader.text(), as: UTF8.self)
                let kind = try reader.number(UInt32.self)
                if kind == GGUFReader.Kind.text, key.hasPrefix(prefix) {
                    header.texts[key] = String(decoding: try reader.text(), as: UTF8.self)
                } else if let number = try reader.wholeNumber(kind) {
                    header.numbers[key] = number
                } else if kind == GGUFReader.Kind.array {
                    let list = try reader.list(depth: 0)
                    header.counts[key] = list.count
                    header.numbers[key] = list.sum
                } else {
                    try reader.skip(kind, depth: 0)
                }
            }
            if tensors { header.wholeSize = try reader.end(ofTensors: tensorCount, alignment: header.alignment) }
            return .header(header)
        } catch {
            return error == .ends ? .isLonger : .isOther
        }
    }

    /// Bytes of a file's start that are tried, one after the other: a vocabulary of a quarter of a million tokens has some 10 MiB.
    private static let starts = [1 << 20, 16 << 20, 64 << 20]

    /// The same of a file, of which no more is read than the header needs.
    /// - Parameter start: the file's first bytes, at most as many as it is asked for; nil if it cannot be read.
    /// - Returns: `isLonger` for a file that ends inside its header, or whose header is beyond 64 MiB; nil for one that cannot be read.
    public static func read(prefix: String, tensors: Bool = false, start: (Int) -> [UInt8]?) -> Reading? {
        for size in starts {
            guard let bytes = start(size) else { return nil }
            let reading = bytes.withUnsafeBytes { read($0, prefix: prefix, tensors: tensors) }
            if reading != .isLonger || bytes.count < size { return reading }
        }
        return .isLonger
    }

    private var alignment: Int { numbers["general.alignment"].flatMap { (1...65_536).contains($0) ? $0 : nil } ?? 32 }
}
