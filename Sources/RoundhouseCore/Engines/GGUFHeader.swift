/// Texts in the header of a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), such as its chat templates.
public struct GGUFHeader: Sendable, Equatable {
    /// The texts whose keys were wanted.
    public private(set) var texts: [String: String] = [:]

    /// What came of reading a part of a file from its start.
    public enum Reading: Sendable, Equatable {
        case header(GGUFHeader)
        /// The header goes on behind the part.
        case isLonger
        /// It is no GGUF file, or of a version that is not known.
        case isOther
    }

    /// Reads the texts whose keys begin with `prefix`.
    public static func read(_ start: UnsafeRawBufferPointer, prefix: String) -> Reading {
        guard start.count >= 24 else { return .isLonger }
        var reader = Reader(bytes: start)
        do throws(ReadingError) {
            guard try reader.number(UInt32.self) == 0x4655_4747, (2...3).contains(try reader.number(UInt32.self)) else {
                return .isOther
            }
            _ = try reader.number(UInt64.self)
            var header = GGUFHeader()
            for _ in 0..<(try reader.number(UInt64.self)) {
                let key = String(decoding: try reader.text(), as: UTF8.self)
                let kind = try reader.number(UInt32.self)
                if kind == Kind.text, key.hasPrefix(prefix) {
                    header.texts[key] = String(decoding: try reader.text(), as: UTF8.self)
                } else {
                    try reader.skip(kind, depth: 0)
                }
            }
            return .header(header)
        } catch {
            return error == .ends ? .isLonger : .isOther
        }
    }

    private enum Kind {
        static let text: UInt32 = 8
        static let array: UInt32 = 9
        /// Bytes of the others, by their number.
        static let sizes: [UInt32: Int] = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8]
    }

    private enum ReadingError: Error { case ends, isWrong }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var index = 0

        mutating func take(_ count: UInt64) throws(ReadingError) -> UnsafeRawBufferPointer {
            guard count <= UInt64(bytes.count - index) else { throw .ends }
            defer { index += Int(count) }
            return UnsafeRawBufferPointer(rebasing: bytes[index..<index + Int(count)])
        }

        mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws(ReadingError) -> Number {
            Number(littleEndian: try take(UInt64(Number.bitWidth / 8)).loadUnaligned(as: Number.self))
        }

        mutating func text() throws(ReadingError) -> UnsafeRawBufferPointer { try take(try number(UInt64.self)) }

        mutating func skip(_ kind: UInt32, depth: Int) throws(ReadingError) {
            if let size = Kind.sizes[kind] {
                _ = try take(UInt64(size))
            } else if kind == Kind.text {
                _ = try text()
            } else if kind == Kind.array, depth < 4 {
                let inner = try number(UInt32.self)
                let count = try number(UInt64.self)
                if let size = Kind.sizes[inner] {
                    let (all, overflows) = count.multipliedReportingOverflow(by: UInt64(size))
                    _ = try take(overflows ? .max : all)
                } else {
                    for _ in 0..<count { try skip(inner, depth: depth + 1) }
                }
            } else {
                throw .isWrong
            }
        }
    }
}
