import Testing

@testable import RoundhouseCore

@Suite struct NearestNameTests {
    @Test func findsTheNearestFirst() {
        let names = ["llama3", "llama2", "codellama", "qwen"]
        #expect(NearestName.among(names, of: "lama3", limit: 3) == ["llama3", "llama2"])
        #expect(NearestName.among(names, of: "LLAMA2", limit: 1) == ["llama2"])
        #expect(NearestName.among(names, of: "zzzz", limit: 3).isEmpty)
        #expect(NearestName.among(names, of: "llama3", limit: 0).isEmpty)
    }

    @Test func aBeginningCounts() {
        #expect(NearestName.among(["gpt-4o-mini"], of: "gpt", limit: 3) == ["gpt-4o-mini"])
        #expect(NearestName.among(["gpt-4o-mini"], of: "gp", limit: 3).isEmpty)
    }

    @Test func namesOfHostileLengthAreNotCompared() {
        let long = String(repeating: "a", count: 100_000)
        #expect(NearestName.among(["aaa", long], of: long, limit: 3).isEmpty)
        #expect(NearestName.among(["x", long], of: "", limit: 3).isEmpty)
    }

    @Test(arguments: [
        ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("flaw", "lawn", 2), ("a", "a", 0),
        ("prot", "port", 1),
    ])
    func distances(_ left: String, _ right: String, _ distance: Int) {
        #expect(NearestName.distance(Array(left.utf8), Array(right.utf8)) == distance)
    }
}
