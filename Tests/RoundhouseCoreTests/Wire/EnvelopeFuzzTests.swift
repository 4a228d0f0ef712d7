import RoundhouseCore
import Testing

/// The envelope against Foundation's decoder, on bodies made at random.
@Suite struct EnvelopeFuzzTests {
    private static let alphabet =
        Array("{}[]\",:\\/ntu0123456789abcdefE+-. \n\r\t\u{0}\u{1f}truefalsn\u{c}".utf8) + [0x80, 0xc3, 0xff]

    /// What the envelope refuses although it is JSON: rules of its own, each with a sentence of its own.
    private func isOurRule(_ error: EnvelopeError) -> Bool {
        error.parameter != nil || error.message.contains("written with escapes")
            || error.message.contains("byte order mark")
    }

    /// What JSON allows and Foundation does not: half a surrogate pair, and numbers beyond a Double.
    private func isBeyondFoundation(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains(/\\u[dD][89a-fA-F]/) || text.contains(/[eE][+-]?[0-9]{3}/) || text.contains(/[0-9]{19}/)
    }

    /// What Foundation reads although RFC 8259 does not allow it: a comma behind an array's last element.
    private func isLenience(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains(/,[ \t\r\n]*\]/)
    }

    private func expectAgreement(_ body: ScannedBody, _ expected: [String: Any]) throws {
        let envelope = body.envelope
        #expect(body[envelope.model] == expected["model"] as? String)
        #expect(envelope.stream == (expected["stream"] as? Bool ?? false))
        let options = expected["stream_options"] as? [String: Any]
        #expect((envelope.includeUsage ?? false) == (options?["include_usage"] as? Bool ?? false))
        #expect((envelope.includeUsage != nil) == (options?["include_usage"] != nil))
        #expect(envelope.maxTokens == expected["max_tokens"] as? Int)
        let keys = envelope.fields.map { body[$0.key] ?? "" }
        #expect(Set(keys) == Set(expected.keys))
        for (key, field) in zip(keys, envelope.fields) where keys.count(where: { $0 == key }) == 1 {
            let found = try FoundationJSON.canonical(FoundationJSON.value(body.bytes[field.value]))
            #expect(try found == FoundationJSON.canonical(#require(expected[key])), "the value of \(key)")
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func validBodiesAreReadAsFoundationReadsThem(seed: UInt64) throws {
        var generator = JSONGenerator(seed: seed)
        for _ in 0..<150 {
            let text = generator.body()
            let expected = try #require(FoundationJSON.object(text), "the generator wrote no JSON: \(text)")
            try expectAgreement(ScannedBody(text), expected)
        }
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func damagedBodiesAreAcceptedIfFoundationAcceptsThem(seed: UInt64) throws {
        var generator = JSONGenerator(seed: seed)
        var (accepted, refused, skipped) = (0, 0, 0)
        for _ in 0..<700 {
            let bytes = generator.random.mutated(Array(generator.body().utf8), inserting: Self.alphabet)
            let expected = FoundationJSON.object(bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            switch (envelopeError(bytes), expected) {
            case (nil, let expected?):
                accepted += 1
                try expectAgreement(ScannedBody(bytes), expected)
            case (_?, nil): refused += 1
            case (let error?, _?):
                #expect(isOurRule(error) || isLenience(bytes), "refused: \(error.message) in \(text)")
            case (nil, nil):
                skipped += 1
                #expect(isBeyondFoundation(bytes), "accepted, and Foundation refuses: \(text)")
            }
        }
        #expect(accepted > 50)
        #expect(refused > 200)
        #expect(skipped < 20)
    }

    @Test func anyBytesAreSurvived() {
        var random = SeededRandom(21)
        for _ in 0..<2000 {
            let bytes = (0..<random.below(60)).map { _ in
                random.one(in: 4) ? UInt8(truncatingIfNeeded: random.next()) : random.pick(Self.alphabet)
            }
            let isRefused = envelopeError(Array("{\"a\":".utf8) + bytes) != nil
            if !isRefused {
                #expect(FoundationJSON.object(Array("{\"a\":".utf8) + bytes) != nil || isBeyondFoundation(bytes))
            }
        }
    }
}
