import RoundhouseCore
import Testing

@Suite struct ConfigurationNamePatternsTests {
    @Test(arguments: [
        ("llama3", "llama3"), ("*", ""), ("*", "anything"), ("embed-*", "embed-"), ("embed-*", "embed-small"),
        ("*-embed", "x-embed"), ("*-embed", "-embed-embed"), ("a*b*c", "abc"), ("a*b*c", "axxbyyc"),
        ("a*b*c", "abcbc"), ("**", "x"), ("a**b", "ab"), ("*ab", "aab"), ("*aab", "aaab"), ("", ""), ("日*", "日本"),
        ("a.c", "a.c"), ("org/*", "org/model/7b"), ("*:latest", "qwen:7b:latest"),
    ])
    func matches(_ pattern: String, _ name: String) { #expect(NamePatterns([pattern]).matches(name)) }

    @Test(arguments: [
        ("llama3", "llama31"), ("llama3", "llama"), ("llama3", "Llama3"), ("", "a"), ("a", ""), ("embed-*", "embed"),
        ("embed-*", "xembed-a"), ("*-embed", "x-embeds"), ("a*b*c", "acb"), ("a*b*c", "ab"), ("*a", ""), ("a.c", "abc"),
        ("[ab]", "a"), ("?", "a"), ("caf\u{e9}", "cafe\u{301}"),
    ])
    func doesNotMatch(_ pattern: String, _ name: String) { #expect(!NamePatterns([pattern]).matches(name)) }

    @Test func anyOfTheListIsEnoughAndNoneIsNothing() {
        #expect(NamePatterns(["a", "b*"]).matches("bc"))
        #expect(!NamePatterns(["a", "b*"]).matches("c"))
        #expect(!NamePatterns([]).matches(""))
        #expect(!NamePatterns([]).matches("a"))
    }

    /// With as much going back as stars, this would take longer than anybody waits.
    @Test func manyStarsAreNotSlow() {
        let pattern = String(repeating: "a*", count: 200) + "b"
        #expect(!NamePatterns([pattern]).matches(String(repeating: "a", count: 5000)))
    }

    @Test(arguments: [17, 18] as [UInt64])
    func agreesWithTheObviousWay(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<3000 {
            let pattern = (0..<random.below(7)).map { _ in random.pick(["a", "b", "*"]) }.joined()
            let name = (0..<random.below(8)).map { _ in random.pick(["a", "b"]) }.joined()
            #expect(
                NamePatterns([pattern]).matches(name) == obvious(Array(pattern.utf8)[...], Array(name.utf8)[...]),
                "\(pattern) \(name)")
        }
    }

    private func obvious(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if first == UInt8(ascii: "*") {
            return obvious(pattern.dropFirst(), name) || (!name.isEmpty && obvious(pattern, name.dropFirst()))
        }
        return name.first == first && obvious(pattern.dropFirst(), name.dropFirst())
    }
}
