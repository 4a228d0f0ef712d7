import Testing

@testable import RoundhouseCore

@Suite struct MetricsSeriesTableTests {
    private func row(_ key: String, in table: inout SeriesTable<String, Int>, hash: UInt64? = nil) -> Int {
        var quick = QuickHash()
        quick.add(key)
        let hash = hash ?? quick.value
        return table.index(hash: hash) { $0.pointee == key }
            ?? table.add(hash: hash, key: key, other: "other", row: 0)
    }

    @Test func everyKeyHasItsRow() {
        var table = SeriesTable<String, Int>(limit: 10_000)
        for round in 1...3 {
            for number in 0..<5000 { table.rows[row("name-\(number)", in: &table)] += number }
            #expect(table.keys.count == 5000)
            #expect(table.rows == (0..<5000).map { $0 * round })
        }
        #expect(table.overflow == nil)
    }

    @Test func keysWithTheSameHashAreToldApart() {
        var table = SeriesTable<String, Int>(limit: 1000)
        for number in 0..<300 { table.rows[row("\(number)", in: &table, hash: 7)] = number }
        for number in 0..<300 { #expect(table.rows[row("\(number)", in: &table, hash: 7)] == number) }
        #expect(table.keys.count == 300)
    }

    @Test func whatComesAfterTheLimitSharesARow() throws {
        var table = SeriesTable<String, Int>(limit: 100)
        for _ in 0..<2 { for number in 0..<1000 { table.rows[row("\(number)", in: &table)] += 1 } }
        #expect(table.keys.count == 101)
        let overflow = try #require(table.overflow)
        #expect(table.keys[overflow] == "other")
        #expect(table.rows[overflow] == 1800)
        #expect(table.rows[..<100].allSatisfy { $0 == 2 })
    }

    @Test func namesThatDifferInOnePlaceHaveDifferentHashes() {
        let names =
            (0..<200).map { "model-\($0)" } + (0..<200).map { "meta-llama-3.\($0)-8b-instruct.Q4_K_M" }
            + (1..<64).map { String(repeating: "a", count: $0) } + ["", "ab", "ba", "abcdefgh", "hgfedcba"]
        let hashes = names.map { name in
            var hash = QuickHash()
            hash.add(name)
            return hash.value
        }
        #expect(Set(hashes).count == names.count)
    }

    @Test func theOrderOfTextsCounts() {
        func hash(_ texts: String...) -> UInt64 {
            var hash = QuickHash()
            for text in texts { hash.add(text) }
            return hash.value
        }
        #expect(hash("a", "b") != hash("b", "a"))
        #expect(hash("ab", "") != hash("a", "b"))
    }
}
