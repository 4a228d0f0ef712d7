/// Reads the parts of a GGUF header from hostile bytes: every length is held against what is there, and nothing is allocated by a
/// figure of the file.
struct GGUFReader {
    let bytes: UnsafeRawBufferPointer
    private var index = 0

    enum ReadingError: Error { case ends, isWrong }

    enum Kind {
        static let text: UInt32 = 8
        static let array: UInt32 = 9
        /// Bytes of the others, by their number.
        static let sizes: [UInt32: Int] = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8]
        /// Those that are whole numbers.
        static let whole: Set<UInt32> = [0, 1, 2, 3, 4, 5, 10, 11]
    }

    /// Longest list of numbers that is summed; lists by layer are shorter, vocabularies longer.
    private static let longestSum: UInt64 = 4096

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func take(_ count: UInt64) throws(ReadingError) -> UnsafeRawBufferPointer {
        guard count <= UInt64(bytes.count - index) else { throw .ends }
        defer { index += Int(count) }
        return UnsafeRawBufferPointer(rebasing: bytes[index..<index + Int(count)])
    }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws(ReadingError) -> Number {
        Number(littleEndian: try take(UInt64(Number.bitWidth / 8)).loadUnaligned(as: Number.self))
    }

    mutating func text() throws(ReadingError) -> UnsafeRawBufferPointer { try take(try number(UInt64.self)) }

    /// A number, if it is of a kind that is a whole one; nothing is read otherwise.
    mutating func wholeNumber(_ kind: UInt32) throws(ReadingError) -> Int? {
        switch kind {
        case 0: Int(try number(UInt8.self))
        case 1: Int(try number(Int8.self))
        case 2: Int(try number(UInt16.self))
        case 3: Int(try number(Int16.self))
        case 4: Int(try number(UInt32.self))
        case 5: Int(try number(Int32.self))
        case 10: Int(clamping: try number(UInt64.self))
        case 11: Int(clamping: try number(Int64.self))
        default: nil
        }
    }

    /// Reads a list to its end: how many entries it has, and their sum if they are whole numbers and not many.
    mutating func list(depth: Int) throws(ReadingError) -> (count: Int, sum: Int?) {
        let inner = try number(UInt32.self)
        let count = try number(UInt64.self)
        if Kind.whole.contains(inner), count <= Self.longestSum {
            var sum = 0
            for _ in 0..<count { sum = sum.addingReportingOverflow(try wholeNumber(inner) ?? 0).partialValue }
            return (Int(count), sum)
        }
        if let size = Kind.sizes[inner] {
            let (all, overflows) = count.multipliedReportingOverflow(by: UInt64(size))
            _ = try take(overflows ? .max : all)
        } else {
            for _ in 0..<count { try skip(inner, depth: depth + 1) }
        }
        return (Int(clamping: count), nil)
    }

    mutating func skip(_ kind: UInt32, depth: Int) throws(ReadingError) {
        if let size = Kind.sizes[kind] {
            _ = try take(UInt64(size))
        } else if kind == Kind.text {
            _ = try text()
        } else if kind == Kind.array, depth < 4 {
            _ = try list(depth: depth)
        } else {
            throw .isWrong
        }
    }

    /// Reads the list of tensors, and says where in the file the last of them ends; nil if a type is not known.
    mutating func end(ofTensors count: UInt64, alignment: Int) throws(ReadingError) -> Int? {
        var last = 0
        var isKnown = true
        for _ in 0..<count {
            _ = try text()
            let dimensions = try number(UInt32.self)
            guard dimensions <= 8 else { throw .isWrong }
            var elements: UInt64 = 1
            for _ in 0..<dimensions {
                let (product, overflows) = elements.multipliedReportingOverflow(by: try number(UInt64.self))
                guard !overflows else { throw .isWrong }
                elements = product
            }
            let type = try number(UInt32.self)
            let offset = try number(UInt64.self)
            guard let block = GGUFTensorType.blocks[type] else {
                isKnown = false
                continue
            }
            let (size, tooLarge) = (elements / UInt64(block.elements)).multipliedReportingOverflow(
                by: UInt64(block.bytes))
            let (end, tooFar) = size.addingReportingOverflow(offset)
            guard !tooLarge, !tooFar, end < 1 << 62 else { throw .isWrong }
            last = max(last, Int(end))
        }
        guard isKnown else { return nil }
        return last == 0 ? index : (index + alignment - 1) / alignment * alignment + last
    }
}

/// How tensors of each type lie in a file: elements and bytes of a block (ggml's `type_traits`, by the number of `ggml_type`).
enum GGUFTensorType {
    static let blocks: [UInt32: (elements: Int, bytes: Int)] = [
        0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
        10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
        16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
        23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
        34: (256, 54), 35: (256, 66), 39: (32, 17),
    ]
}
