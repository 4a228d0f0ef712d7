import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct CheckReportTests {
    private static let files = [
        "models/a.yaml": "name: m\naliases: [default]\nbackend: llama\nparameters: {model: w.gguf}\n",
        "models/b.yaml": "name: c\nbackend: openai\nendpoint: https://api.example.com\napi_key: ${env:NO}\n",
        "models/w.gguf": "x",
    ]

    @Test func theTextHasEveryProblemAndTheTable() throws {
        let fixture = try Fixture(Self.files)
        let report = CheckReport(fixture.load())
        #expect(!report.ok)
        #expect(report.starts)
        let text = report.text()
        #expect(text.contains("models/b.yaml:4: error: its API key is missing"))
        #expect(text.contains("    export NO=... before starting Roundhouse"))
        let lines = text.split(separator: "\n")
        let header = try #require(lines.firstIndex { $0.hasPrefix("NAME") })
        let row = lines[header + 1].split(separator: " ", omittingEmptySubsequences: true)
        #expect(
            row == ["m", "default", "llama-cpp", "launched", "4096", "chat,completion,tools", "ready", "to", "use"])
        #expect(lines[header + 2].contains("https://api.example.com/v1"))
        #expect(lines[header + 2].contains("unavailable: its API key is missing"))
        #expect(lines.last == "1 of 2 models can be used; 1 errors, 0 warnings")
    }

    @Test func theJSONReadsBack() throws {
        let report = try CheckReport(Fixture(Self.files).load())
        let json = try report.json()
        #expect(try JSONDecoder().decode(CheckReport.self, from: Data(json.utf8)) == report)
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let problem = (object?["problems"] as? [[String: Any]])?.first
        #expect(problem?["line"] as? Int == 4)
        #expect(problem?["severity"] as? String == "error")
        #expect(object?["ok"] as? Bool == false)
    }

    @Test func aRefusedStartHasNoTable() throws {
        let report = try CheckReport(Fixture(["models/a.yaml": "name: ["]).load())
        #expect(!report.starts)
        #expect(report.models.isEmpty)
        #expect(report.text().contains("would not start"))
    }

    @Test func noSecretIsPrinted() throws {
        let fixture = try Fixture(["models/b.yaml": "name: c\nendpoint: http://h\napi_key: sk-very-secret\n"])
        let result = fixture.load()
        let report = CheckReport(result)
        #expect(try !(report.text() + report.json() + String(reflecting: result)).contains("sk-very-secret"))
    }
}
