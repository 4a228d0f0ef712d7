import RoundhouseCore
import Testing

@Suite struct MultipartFuzzTests {
    /// Values that nearly hold a boundary.
    private static let pieces = [
        "\r\n--", "\r\n--B", "\r\n--Bound", "\r", "\n", "\r\n", "--", "-", "--Boundary", "--Boundary--",
        "\r\r\n--Bound",
        "\r\n-\r\n--Boun", "RIFF\u{0}\u{1}", "text", "",
    ]
    private static let names = ["model", "file", "stream", "response_format", "prompt", "image[]", "temperature"]

    private struct Made {
        var bytes: [UInt8] = []
        var values: [String] = []
    }

    private func value(_ random: inout SeededRandom) -> String {
        while true {
            let value = (0...random.below(6)).map { _ in random.pick(Self.pieces) }.joined()
            if Array(value.utf8).firstRange(of: Array("\r\n--Boundary".utf8)) == nil { return value }
        }
    }

    private func form(_ random: inout SeededRandom) -> Made {
        var made = Made()
        made.bytes = Array(random.pick(["", "\r\n", "preamble\r\n--Bound\r\n"]).utf8)
        for _ in 0..<random.below(7) {
            let name = random.pick(Self.names)
            var text = name == "model" ? random.pick(["m", "m"]) : value(&random)
            let isFile = name == "file" || name == "image[]"
            if isFile, text.isEmpty { text = "x" }
            let file = isFile ? "; filename=\"a\(random.below(9)).wav\"" : ""
            let more = random.one(in: 3) ? "Content-Type: audio/wav\r\n" : ""
            made.bytes += Array(
                "--Boundary\r\n\(more)Content-Disposition: form-data; name=\"\(name)\"\(file)\r\n\r\n\(text)\r\n".utf8)
            made.values.append("\(name)=\(text)")
        }
        made.bytes += Array(("--Boundary--" + random.pick(["", "\r\n", "\r\nepilogue --Boundary\r\n"])).utf8)
        return made
    }

    @Test(arguments: [31, 32, 33, 34] as [UInt64])
    func whatIsWrittenIsReadWhateverTheSplit(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<150 {
            let made = form(&random)
            let whole = ScannedForm([made.bytes], boundary: "Boundary")
            #expect(whole.values == made.values, "\(whole.complaint?.message ?? "")")
            let pieces = random.pieces(of: made.bytes, longest: random.pick([1, 2, 3, 11, 40]))
            #expect(ScannedForm(pieces, boundary: "Boundary") == whole)
        }
    }

    @Test(arguments: [41, 42, 43] as [UInt64])
    func damagedFormsAreTheSameWhateverTheSplit(seed: UInt64) {
        var random = SeededRandom(seed)
        let alphabet = Array("\r\n-B\"=; :model".utf8) + [0x00, 0xff]
        var refused = 0
        for _ in 0..<300 {
            let bytes = random.mutated(form(&random).bytes, inserting: alphabet)
            let whole = ScannedForm([bytes], boundary: "Boundary")
            let pieces = random.pieces(of: bytes, longest: random.pick([1, 2, 5, 30]))
            #expect(ScannedForm(pieces, boundary: "Boundary") == whole, "\(String(decoding: bytes, as: UTF8.self))")
            #expect((whole.form == nil) == (whole.complaint != nil))
            if whole.complaint != nil { refused += 1 }
            for part in whole.form?.parts ?? [] {
                #expect(part.whole.lowerBound < part.value.lowerBound && part.value.upperBound < part.whole.upperBound)
                #expect(part.whole.upperBound <= bytes.count)
            }
        }
        #expect(refused > 50)
    }

    @Test func anyBytesAreSurvived() {
        var random = SeededRandom(44)
        for _ in 0..<1000 {
            let bytes =
                Array("--B\r\n".utf8) + (0..<random.below(80)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(ScannedForm([bytes]).form == nil)
        }
    }
}
