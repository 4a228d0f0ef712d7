import Testing

@testable import RoundhouseCore

@Suite struct TextWriterTests {
    private func text(room: Int = 64, _ body: (inout TextWriter) -> Void) -> String? {
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { memory in
            var writer = TextWriter(memory)
            body(&writer)
            return writer.fits ? String(decoding: memory[..<writer.count], as: UTF8.self) : nil
        }
    }

    @Test func writesEveryLengthOfNumber() {
        var power = 1
        for _ in 1...18 {
            for number in [power - 1, power, power + 1, power * 9, power / 7] {
                #expect(text { $0.decimal(number) } == String(number))
            }
            power *= 10
        }
        #expect(text { $0.decimal(.max) } == String(Int.max))
    }

    @Test func fillsUpWithZeros() {
        for width in 1...20 {
            for number in [0, 7, 42, 999, 123_456_789] {
                let digits = String(number)
                let zeros = String(repeating: "0", count: max(0, width - digits.count))
                #expect(text { $0.decimal(number, width: width) } == zeros + digits)
            }
        }
    }

    @Test func whatDoesNotFitIsCounted() {
        #expect(text(room: 4) { $0.decimal(12345) } == nil)
        #expect(text(room: 5) { $0.decimal(12345) } == "12345")
    }

    @Test func aPlainTextIsOneWhoseBytesAllAre() {
        for length in 0..<20 {
            for place in 0..<max(1, length) {
                for byte in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    if length > 0 { bytes[place] = byte }
                    let isPlain = bytes.withUnsafeBytes { JSONText.isPlain($0) }
                    #expect(isPlain == bytes.allSatisfy { JSONText.isPlain($0) })
                }
            }
        }
    }
}
