import Foundation
import RoundhouseCore
import Testing

/// The line of a record.
private func line(_ record: RequestRecord) -> String {
    var lines = AccessLogLines(capacity: 0)
    lines.append(record)
    return String(decoding: lines.take(), as: UTF8.self)
}

@Suite struct AccessLogLinesTests {
    private func object(_ record: RequestRecord) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line(record).utf8)) as? [String: Any])
    }

    @Test func aWholeLine() {
        var record = RequestRecord()
        record.startedAt = 1_795_485_723_456_789_000
        record.requestID = "r1"
        record.route = "POST /v1/chat/completions"
        record.feature = "doc-summary"
        record.backend = "llama-cpp"
        record.model = "llama3"
        record.requestedModel = "assistant"
        record.reason = "alias"
        record.key = "research-ci"
        record.team = "research"
        record.usage.inputTokens = 890
        record.usage.outputTokens = 0
        record.usageSource = .provider
        record.cost = Money(units: 0.25)
        record.currency = "USD"
        record.status = 200
        record.outcome = .ok
        record.stream = true
        record.escalated = true
        record.queueMicroseconds = 1999
        record.loadMicroseconds = 2000
        record.firstByteMicroseconds = 41_999
        record.durationMicroseconds = 912_000
        record.overheadMicroseconds = 140
        record.bytesIn = 10
        record.bytesOut = 20
        #expect(
            line(record) == #"{"ts":"2026-11-24T02:02:03.456Z","request_id":"r1","feature":"doc-summary","#
                + #""inference.gateway":"roundhouse","inference.backend":"llama-cpp","model":"llama3","#
                + #""requested_model":"assistant","route":"alias","team":"research","key":"research-ci","#
                + #""input_tokens":890,"output_tokens":0,"usage_source":"provider","cost":0.25,"status":200,"#
                + #""outcome":"ok","escalated":true,"queue_ms":1,"load_ms":2,"ttft_ms":41,"duration_ms":912,"#
                + #""overhead_us":140,"error":null,"stream":true,"bytes_in":10,"bytes_out":20,"#
                + #""http":"POST /v1/chat/completions","currency":"USD","client":null}"# + "\n")
    }

    @Test func whatIsUnknownIsNullAndNotZero() throws {
        let object = try object(RequestRecord())
        for name in [
            "feature", "inference.backend", "model", "requested_model", "route", "team", "key", "input_tokens",
            "output_tokens", "cost", "ttft_ms", "error",
        ] {
            #expect(object[name] is NSNull, "\(name)")
        }
        #expect(object["usage_source"] as? String == "none")
        #expect(object["outcome"] as? String == "refused")
        #expect(object["escalated"] as? Bool == false)
        #expect(object["duration_ms"] as? Int == 0)
    }

    @Test func aPriceOfNothingIsZeroAndNotNull() throws {
        var record = RequestRecord()
        record.cost = .zero
        #expect(try object(record)["cost"] as? Double == 0)
        struct Price: Decodable {
            var cost: Decimal
        }
        for cost in [1, 300_000_000, 123_456_789_125_000_001, -20, Int64.max, Int64.min] {
            record.cost = Money(billionths: cost)
            let read = try JSONDecoder().decode(Price.self, from: Data(line(record).utf8)).cost
            #expect(read * 1_000_000_000 == Decimal(cost))
        }
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 12_345, Int.max, -1, -10, -987])
    func numbers(_ number: Int) throws {
        var record = RequestRecord()
        record.bytesOut = number
        record.usage.inputTokens = number
        #expect(try object(record)["bytes_out"] as? Int == number)
        #expect(try object(record)["input_tokens"] as? Int == number)
    }

    @Test func timesAgreeWithFoundation() throws {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        var generator = SystemRandomNumberGenerator()
        // The ends of months, leap days and the hundred-year exceptions, then chance.
        var seconds: [Int64] = [
            0, 951_782_399, 951_782_400, 951_868_800, 1_709_164_800, 1_709_251_199, 1_735_689_599, 4_107_542_400,
            4_107_456_000,
        ]
        for _ in 0..<500 { seconds.append(Int64.random(in: 0...7_000_000_000, using: &generator)) }
        for second in seconds {
            var record = RequestRecord()
            record.startedAt = second * 1_000_000_000 + 7_000_000
            let wanted = Date(timeIntervalSince1970: Double(second) + 0.007)
            let text = try #require(try object(record)["ts"] as? String)
            #expect(try style.parse(text).timeIntervalSince1970.rounded() == wanted.timeIntervalSince1970.rounded())
            #expect(text.utf8.count == 24 && text.hasSuffix(".007Z"))
        }
    }
}

@Suite struct AccessLogInjectionTests {
    /// Every text of a record that somebody else may have a say in.
    private func record(with text: String) -> RequestRecord {
        var record = RequestRecord()
        record.requestID = text
        record.route = text
        record.feature = text
        record.backend = text
        record.model = text
        record.requestedModel = text
        record.reason = text
        record.key = text
        record.team = text
        record.errorCode = text
        return record
    }

    private func check(_ text: String) throws {
        var lines = AccessLogLines(capacity: 700)
        lines.append(RequestRecord())
        let before = lines.count
        lines.append(record(with: text))
        let bytes = lines.take()
        #expect(lines.count == 0)
        let first = line(RequestRecord())
        #expect(String(decoding: bytes[..<before], as: UTF8.self) == first)
        let second = bytes[before...]
        #expect(second.last == 0x0a)
        #expect(second.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f })
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(second)) as? [String: Any], "\(text.debugDescription)")
        #expect(object.count == 29)
        for name in [
            "request_id", "feature", "inference.backend", "model", "requested_model", "route", "team", "key", "error",
            "http",
        ] {
            #expect(object[name] as? String == text, "\(name)")
        }
        #expect(object["inference.gateway"] as? String == "roundhouse")
    }

    @Test(arguments: [
        "", "\"", "\\", "\\\"", #"","status":200,"x":""#, "a\nb", "a\r\nb", "\u{0}", "\u{7f}", "\u{1b}[2J", "\t", "{}",
        "日本",
        "👩‍👩‍👧", "e\u{301}", "\u{202e}abc",
    ])
    func noTextBreaksOut(_ text: String) throws { try check(text) }

    @Test func norDoesChance() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let scalars = (0..<Int.random(in: 0...40, using: &generator)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2ff, using: &generator))
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            try check(String(text))
        }
    }

    @Test(arguments: ["a\u{85}b", "a\u{2028}b", "a\u{2029}b"])
    func oneLineStaysOneLineInAnyViewer(_ text: String) {
        #expect(line(record(with: text)).split(whereSeparator: \.isNewline).count == 1)
    }
}
