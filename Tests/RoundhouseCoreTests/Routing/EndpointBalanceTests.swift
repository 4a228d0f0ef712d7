import Testing

@testable import RoundhouseCore

@Suite struct EndpointBalanceTests {
    @Test func requestsGoWhereLeastIsToBeDone() {
        var balance = EndpointBalance(count: 2)
        for turn in 0..<10 { #expect(balance.pick(draw: UInt64(turn) << 60, now: 0) != nil) }
        #expect(balance.endpoints.map(\.outstanding) == [5, 5])
        for _ in 0..<3 { balance.left(1) }
        for _ in 0..<3 { #expect(balance.pick(draw: 0, now: 0) == 1) }
    }

    @Test func manyEndpointsStayEven() {
        var balance = EndpointBalance(count: 10)
        for turn in 0..<1000 { _ = balance.pick(draw: StickyHash.mix(UInt64(turn)), now: 0) }
        let most = balance.endpoints.map(\.outstanding).max() ?? 0
        #expect(most <= 105, "the best of two choices is within a few of the mean of 100")
    }

    @Test func whatWasTriedOrIsOpenIsNotPicked() {
        var balance = EndpointBalance(count: 3)
        for _ in 0..<3 { balance.judge(0) { $0.failed(now: 0) } }
        for turn in 0..<20 { #expect(balance.pick(draw: UInt64(turn) << 59, tried: 0b010, now: 0) == 2) }
        #expect(balance.pick(draw: 0, tried: 0b110, now: 0) == nil)
        #expect(balance.wait(tried: 0b110, now: 0) == 5_000_000_000 && balance.wait(now: 0) == nil)
        #expect(balance.wait(tried: 0b111, now: 0) == .max)
    }

    /// A conversation stays where it is; when its endpoint goes, only its own conversations move.
    @Test func sessionsStay() {
        func place(_ session: Int, without: Int? = nil) -> Int? {
            var balance = EndpointBalance(count: 5)
            if let without { for _ in 0..<3 { balance.judge(without) { $0.failed(now: 0) } } }
            return balance.pick(.session(StickyHash.of("s\(session)")), draw: UInt64(session), now: 0)
        }
        var used: Set<Int?> = []
        for session in 0..<200 {
            let first = place(session)
            used.insert(first)
            #expect(place(session) == first)
            if first != 3 {
                #expect(place(session, without: 3) == first)
            } else {
                #expect(place(session, without: 3) != 3)
            }
        }
        #expect(used.count == 5)
    }

    /// One hot conversation does not take an endpoint beyond 1.25 of its share.
    @Test func loadIsBounded() {
        var balance = EndpointBalance(count: 4)
        for turn in 0..<400 {
            _ = balance.pick(.session(42), draw: StickyHash.mix(UInt64(turn)), now: 0)
            let all = balance.endpoints.reduce(0) { $0 + $1.outstanding }
            let most = balance.endpoints.map(\.outstanding).max() ?? 0
            #expect(Double(most) <= 1.25 * Double(all) / 4 + 1.25)
        }
    }

    private func prefix(_ messages: String) throws -> PromptPrefix {
        let body = Array(#"{"model":"m","messages":[\#(messages)]}"#.utf8)
        return try body.withUnsafeBytes { PromptPrefix(try RequestEnvelope.scan($0), in: $0) }
    }

    private func message(_ role: String, _ text: String) -> String { #"{"role":"\#(role)","content":"\#(text)"}"# }

    /// The whole beginning counts: conversations that begin with the same message are told apart by what follows.
    @Test func promptsGoWhereTheirBeginningIsKnown() throws {
        let system = message("system", String(repeating: "You are helpful. ", count: 100))
        let a = system + "," + message("user", String(repeating: "a", count: 600))
        let b = system + "," + message("user", String(repeating: "b", count: 600))
        var balance = EndpointBalance(count: 2)
        for _ in 0..<2 { #expect(balance.pick(.prefix(try prefix(a)), draw: 0, now: 0) == 0) }
        #expect(balance.pick(.prefix(try prefix(b)), draw: 0, now: 0) == 1, "the first is at its bound")
        for endpoint in [0, 0, 1] { balance.left(endpoint) }
        for _ in 0..<5 {
            for (conversation, home) in [(a, 0), (b, 1)] {
                let next = conversation + "," + message("assistant", "yes") + "," + message("user", "and then?")
                #expect(balance.pick(.prefix(try prefix(next)), draw: .max, now: 0) == home)
                balance.left(home)
            }
        }
    }

    @Test func beginningsAreSharedAsFarAsTheyAreEqual() throws {
        let text = String(repeating: "word ", count: 20_000)
        let short = try prefix(message("user", text))
        let long = try prefix(message("user", text) + "," + message("assistant", text))
        #expect(long.hashes.starts(with: short.hashes) && long.hashes.count > short.hashes.count)
        #expect(short.hashes.count > 60 && long.hashes.count <= PromptPrefix.limit)
        let other = try prefix(message("user", "x" + text))
        #expect(other.hashes.first != short.hashes.first)
        #expect(try prefix(message("user", "hi")).hashes.isEmpty)
    }

    @Test func whatIsRememberedIsBounded() {
        var balance = EndpointBalance(count: 2)
        for number in 0..<300 {
            let hashes = (0..<300).map { UInt64(number * 1000 + $0) }
            _ = balance.pick(.prefix(PromptPrefix(hashes: hashes)), draw: 0, now: 0)
            balance.left(0)
            balance.left(1)
        }
        #expect(balance.remembered <= 2 * PrefixTable.limit + PromptPrefix.limit)
    }
}
