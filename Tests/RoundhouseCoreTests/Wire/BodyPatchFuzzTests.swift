import RoundhouseCore
import Testing

/// Patched bodies, read by Foundation, against the same changes made to a dictionary.
@Suite struct BodyPatchFuzzTests {
    private static let defaults = [
        ("temperature", "0.7"), ("top_k", "40"), ("stop", #"["a","\u00e9"]"#), ("max_tokens", "16"), ("user", "\"u\""),
    ]
    private static let names = ["logprobs", "messages", "tools", "metadata", "x2", "x5", "x9", "x14"]

    /// Fields of a body that may be rejected: some known ones, some that only this body has.
    private func dropped(_ random: inout SeededRandom, _ keys: [String]) -> [String] {
        let candidates = Self.names + keys.filter { $0.hasPrefix("x") }
        return candidates.filter { _ in random.one(in: 3) }
    }

    private func expectSameObject(_ found: [String: Any]?, _ expected: [String: Any], _ text: String) throws {
        let found = try #require(found, "no JSON: \(text)")
        try #require(try FoundationJSON.canonical(found) == FoundationJSON.canonical(expected), "\(text)")
    }

    @Test(arguments: [31, 32, 33, 34] as [UInt64])
    func aPatchedBodyMeansWhatItShould(seed: UInt64) throws {
        var generator = JSONGenerator(seed: seed)
        for _ in 0..<150 {
            let text = generator.body()
            let body = try ScannedBody(text)
            var expected = try #require(FoundationJSON.object(text))
            let model = generator.random.pick(["m", "up/stream:8b", "modèle 中"])
            let asks = generator.random.one(in: 2)
            let defaults = Self.defaults.filter { _ in generator.random.one(in: 3) }
            let dropping =
                generator.random.one(in: 2)
                ? dropped(&generator.random, Array(expected.keys).sorted()).filter { name in
                    !defaults.contains { $0.0 == name }
                } : []

            let result = body.patched(model: model, askForUsage: asks, defaults: defaults, dropping: dropping)

            expected["model"] = model
            if asks {
                var options = expected["stream_options"] as? [String: Any] ?? [:]
                options["include_usage"] = true
                expected["stream_options"] = options
            }
            for (key, json) in defaults where expected[key] == nil {
                expected[key] = try FoundationJSON.value(Array(json.utf8))
            }
            for name in dropping { expected[name] = nil }
            try #require(result.announced == result.text.utf8.count)
            try expectSameObject(
                FoundationJSON.object(result.text), expected,
                "\(text) dropping \(dropping), defaults \(defaults.map(\.0)), usage \(asks) became \(result.text)")
            // What goes upstream is a body that we would accept ourselves, with no key twice.
            let again = try ScannedBody(result.text)
            let keys = again.envelope.fields.map { again[$0.key] ?? "" }
            try #require(Set(keys).count == keys.count, "a field occurs twice in \(result.text)")
            try #require(again[again.envelope.model] == model)
        }
    }

    @Test func aNewNameLeavesEveryOtherByteAlone() throws {
        var generator = JSONGenerator(seed: 41)
        var changed = 0
        for _ in 0..<150 {
            let body = try ScannedBody(generator.body())
            guard let place = body.envelope.model else { continue }
            changed += 1
            let written = Array(body.patched(model: "another").text.utf8)
            #expect(
                written == body.bytes[..<place.lowerBound] + Array("another".utf8) + body.bytes[place.upperBound...])
        }
        #expect(changed > 80)
    }
}
