import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct PriceParserTests {
    private static let cloud = "name: m\nbackend: openai\nendpoint: https://api.example.com/v1\n"

    @Test func everyPriceArrives() throws {
        let price = try Fixture.good(
            Self.cloud
                + """
                cost:
                  input_per_million: 0.15
                  cached_input_per_million: 0.075
                  output_per_million: 0.60
                  per_second: 0.0001
                  characters_per_million: 15
                  per_image: 4e-2
                  currency: EUR
                """
        ).cost
        var wanted = Price()
        wanted.inputPerMillion = Money(billionths: 150_000_000)
        wanted.cachedInputPerMillion = Money(billionths: 75_000_000)
        wanted.outputPerMillion = Money(billionths: 600_000_000)
        wanted.perSecond = Money(billionths: 100_000)
        wanted.charactersPerMillion = Money(billionths: 15_000_000_000)
        wanted.perImage = Money(billionths: 40_000_000)
        wanted.currency = "EUR"
        #expect(price == wanted)
    }

    @Test(arguments: ["per_second: 1", "characters_per_million: 1", "per_image: 1", "per_image: 0"])
    func onePriceIsEnough(_ line: String) throws {
        let price = try #require(try Fixture.good(Self.cloud + "cost: {\(line)}").cost)
        #expect(price.inputPerMillion == .zero)
        #expect(price.cachedInputPerMillion == nil)
        #expect(price.currency == "USD")
    }

    @Test(arguments: [
        ("0.000000001", 1), ("1000000000", 1_000_000_000_000_000_000), ("0.1", 100_000_000), ("00.10", 100_000_000),
        ("123456789.123456789", 123_456_789_123_456_789),
    ])
    func decimalsAreTakenExactly(_ text: String, _ billionths: Int64) throws {
        let price = try Fixture.good(Self.cloud + "cost: {per_image: \(text)}").cost
        #expect(price?.perImage == Money(billionths: billionths))
    }

    @Test(arguments: ["nan", "inf", "-0.1", "1,5", "", "$1", "1000000000.1", "0.0000000001", "1e300", "~", "[1]"])
    func whatIsNoAmountIsRefused(_ text: String) throws {
        let result = try Fixture.model(Self.cloud + "cost: {per_image: \(text)}").load()
        #expect(result.configuration == nil, "\(result.problems.map(\.description))")
    }

    @Test func anEndpointOfOnesOwnIsNoEscalation() throws {
        for (endpoint, more, leaves) in [
            ("http://gpu-1:8000", "", true), ("http://gpu-1:8000", "local: true", false),
            ("http://127.0.0.1:8000", "", false), ("unix:/run/x.sock", "", false),
            ("http://[::1]:8000", "", false), ("http://10.0.0.2:8000", "local: no", true),
            ("http://127.0.0.1:4000", "local: false", true), ("unix:/run/x.sock", "local: false", true),
        ] {
            let model = try Fixture.good("name: m\nbackend: openai\nendpoint: \(endpoint)\n\(more)\n")
            #expect(model.isOwn == (more.isEmpty ? nil : more.contains("true")))
            #expect(model.leavesTheHouse == leaves, "\(endpoint) \(more)")
        }
        #expect(try !Fixture.good("name: m\nbackend: llama-cpp\nparameters: {model: w.gguf}").leavesTheHouse)
    }
}
