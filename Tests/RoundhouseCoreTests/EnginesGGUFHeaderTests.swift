import RoundhouseCore
import Testing

/// A GGUF file's header, written for tests.
struct GGUFWriting {
    var bytes: [UInt8] = []

    init(version: UInt32 = 3, count: UInt64) {
        bytes += Array("GGUF".utf8)
        add(version)
        add(UInt64(0))
        add(count)
    }

    mutating func add<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        bytes += Array(text.utf8)
    }

    mutating func add(_ key: String, text: String) {
        add(key)
        add(UInt32(8))
        add(text)
    }

    mutating func add(_ key: String, texts: [String]) {
        add(key)
        add(UInt32(9))
        add(UInt32(8))
        add(UInt64(texts.count))
        texts.forEach { add($0) }
    }

    /// A number of the type with this number, all its bytes zero.
    mutating func add(_ key: String, kind: UInt32, size: Int) {
        add(key)
        add(kind)
        bytes += [UInt8](repeating: 0, count: size)
    }
}

@Suite struct EnginesGGUFHeaderTests {
    private func read(_ bytes: [UInt8]) -> GGUFHeader.Reading {
        bytes.withUnsafeBytes { GGUFHeader.read($0, prefix: "tokenizer.chat_template") }
    }

    private var usual: [UInt8] {
        var file = GGUFWriting(count: 6)
        file.add("general.architecture", text: "llama")
        for (kind, size) in [(UInt32(4), 4), (12, 8)] { file.add("number\(kind)", kind: kind, size: size) }
        file.add("tokenizer.ggml.tokens", texts: ["<s>", "", "é"])
        file.add("tokenizer.chat_template", text: "{{ tools }}")
        file.add("tokenizer.chat_template.tool_use", text: "x")
        return file.bytes
    }

    @Test func templatesAreFoundAmongOtherThings() {
        guard case .header(let header) = read(usual + [1, 2, 3]) else {
            Issue.record("not read")
            return
        }
        #expect(header.texts == ["tokenizer.chat_template": "{{ tools }}", "tokenizer.chat_template.tool_use": "x"])
    }

    @Test func everyPartOfAFileIsTooShort() {
        for count in 0..<usual.count { #expect(read(Array(usual[..<count])) == .isLonger, "\(count)") }
    }

    @Test func whatIsNoHeaderIsSaidToBeNone() {
        #expect(read(Array(String(repeating: "weights ", count: 8).utf8)) == .isOther)
        #expect(read(GGUFWriting(version: 1, count: 0).bytes) == .isOther)
        var unknown = GGUFWriting(count: 1)
        unknown.add("x", kind: 77, size: 8)
        #expect(read(unknown.bytes) == .isOther)
    }

    @Test func absurdSizesNeitherTrapNorTakeLong() {
        var text = GGUFWriting(count: .max)
        text.add(UInt64.max)
        #expect(read(text.bytes) == .isLonger)
        var array = GGUFWriting(count: 1)
        array.add("x")
        array.add(UInt32(9))
        array.add(UInt32(12))
        array.add(UInt64.max)
        #expect(read(array.bytes) == .isLonger)
        var deep = GGUFWriting(count: 1)
        deep.add("x")
        deep.add(UInt32(9))
        for _ in 0..<20 {
            deep.add(UInt32(9))
            deep.add(UInt64(1))
        }
        #expect(read(deep.bytes) == .isOther)
    }

    /// Hostile files: whatever stands in them, reading ends, and nothing is read beyond them.
    @Test(arguments: 0..<4) func mutatedHeadersAreReadToAnEnd(_ block: UInt64) {
        var random = SeededRandom(block)
        for _ in 0..<2000 {
            let bytes = random.mutated(usual, inserting: [0, 1, 4, 8, 9, 0x7f, 0x80, 0xff])
            let copy = Array(bytes)
            copy.withUnsafeBytes { raw in
                let reading = GGUFHeader.read(raw, prefix: "tokenizer", tensors: true)
                if case .header(let header) = reading { _ = WeightsFacts(bytes: .max, gguf: header) }
            }
        }
    }
}
