import Testing

@testable import RoundhouseCore

/// What a scraper reads from `/metrics`: every sample by its name and labels, as they are written.
struct Scrape {
    var samples: [String: Double] = [:]
    var families: [String: String] = [:]
    /// Samples in the order in which they stand there.
    var order: [String] = []
    var familyOrder: [String] = []

    init(_ bytes: [UInt8]) throws {
        let text = try #require(String(validating: bytes, as: UTF8.self))
        #expect(text.hasSuffix("\n"))
        var family = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                family = words[2]
                #expect(families[family] == nil, "\(family) is there twice")
                #expect(words.count == 4 && !words[3].isEmpty)
            } else if line.hasPrefix("# TYPE ") {
                #expect(words[2] == family)
                families[family] = words[3]
                familyOrder.append(family)
            } else {
                let space = try #require(line.lastIndex(of: " "))
                let name = String(line[..<space])
                #expect(Self.belongs(name, to: family, families[family]), "\(name) stands under \(family)")
                #expect(samples[name] == nil, "\(name) is there twice")
                samples[name] = try #require(Double(String(line[line.index(after: space)...])) as Double?, "\(line)")
                order.append(name)
            }
        }
    }

    private static func belongs(_ sample: String, to family: String, _ kind: String?) -> Bool {
        let name = sample.prefix { $0 != "{" }
        return kind == "histogram"
            ? ["_bucket", "_sum", "_count"].contains { name == family + $0 } : name == family
    }

    subscript(_ name: String) -> Double? { samples[name] }

    /// Samples of a family whose labels contain all these texts.
    func samples(of family: String, _ texts: String...) -> [String: Double] {
        samples.filter { name, _ in
            name.prefix { $0 != "{" } == family && texts.allSatisfy(name.contains)
        }
    }
}

extension GatewayMetrics {
    /// A gateway of one loop, or several.
    static func test(shards: Int = 1) -> GatewayMetrics {
        GatewayMetrics(shards: shards, version: "1.2.3", startedAt: 1_700_000_000)
    }

    func scrape(_ readings: Readings = Readings()) throws -> Scrape { try Scrape(render(readings)) }

    /// Counts requests in the first loop.
    func record(_ records: RequestRecord...) { for record in records { shards[0].record(record) } }
}

extension RequestRecord {
    /// A chat request that took two seconds, changed as the test wants it.
    static func test(_ change: (inout RequestRecord) -> Void = { _ in }) -> RequestRecord {
        var record = RequestRecord()
        record.route = "POST /v1/chat/completions"
        record.model = "llama3"
        record.backend = "llama-cpp"
        record.status = 200
        record.outcome = .ok
        record.durationMicroseconds = 2_000_000
        change(&record)
        return record
    }
}
