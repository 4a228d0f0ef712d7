import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct LoaderRobustnessTests {
    private static let seeds = [
        """
        name: qwen
        backend: llama-cpp
        aliases: [a, "b"]
        parameters: {model: w.gguf, temperature: 0.7}
        limits: {concurrent: 4, queue: 64, queue_timeout: 30s}
        cost: {input_per_million: 0.15, output_per_million: 0.60}
        args: [--flash-attn, "on"]
        ---
        - name: cloud
          backend: openai
          endpoint: https://api.example.com/v1
          api_key: ${env:KEY}
        """,
        """
        server: &a {host: 127.0.0.1, port: 8080, cors_origins: [https://a.b], trusted_proxies: [10.0.0.0/8]}
        log: *a
        data: |
          x
        offline: true
        ledger: {mode: required, retention: 30d}
        teams:
          research:
            models: [qwen, "cl*", b]
            limits: {requests_per_minute: 120, shadow: true}
            budget: {amount: 50.5, per: month, currency: USD}
            local_only: true
        """,
    ]

    /// splitmix64, so that a failure can be repeated.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    @Test(arguments: 0..<40)
    func mangledFilesAreAnsweredAndNeverCrash(_ round: Int) throws {
        let pieces: [[UInt8]] =
            ["\t", "[", "{", "}", ":", "- ", "\n", "&a ", "*a", "!!", "|", "\"", "\u{0}", "---\n", "<<: "]
            .map { Array($0.utf8) } + [[0xff], [0xc3], [0xef, 0xbb, 0xbf]]
        var generator = Generator(state: UInt64(round))
        let fixture = try Fixture(["models/w.gguf": "x"])
        for _ in 0..<10 {
            var files: [[UInt8]] = []
            for seed in Self.seeds {
                var bytes = Array(seed.utf8)
                for _ in 0..<Int.random(in: 1...6, using: &generator) {
                    let position = Int.random(in: 0...bytes.count, using: &generator)
                    if Bool.random(using: &generator), position < bytes.count {
                        bytes.remove(at: position)
                    } else {
                        bytes.insert(contentsOf: pieces.randomElement(using: &generator) ?? [], at: position)
                    }
                }
                files.append(bytes)
            }
            try fixture.write("models/a.yaml", Data(files[0]))
            try fixture.write("config/roundhouse.yaml", Data(files[1]))
            let result = fixture.load(environment: ["KEY": "k"])
            #expect(result.configuration != nil || result.hasErrors)
            #expect(result.problems.allSatisfy { ($0.location?.line ?? 1) >= 1 })
        }
    }

    @Test(arguments: [
        String(repeating: "[", count: 200_000), String(repeating: "- ", count: 100_000),
        String(repeating: "{a: ", count: 50_000), String(repeating: "x", count: 2 << 20), "name: *missing",
        "a: &a [*a]",
        "? [a, b]\n: c\n", "name: !!binary x\n", "%YAML 9.9\n---\nname: x\n",
    ])
    func hostileTextIsAnError(_ text: String) throws {
        let result = try Fixture(["models/a.yaml": text]).load()
        #expect(result.configuration == nil)
        #expect(result.hasErrors)
    }

    @Test func bytesThatAreNoTextAreNamedWithTheirLine() throws {
        let fixture = try Fixture([:])
        try fixture.write("models/a.yaml", Data(Array("name: x\nbackend: ".utf8) + [0xff, 0xfe]))
        let problem = try #require(fixture.load().problems.first)
        #expect(problem.message.contains("UTF-8"))
        #expect(problem.location?.line == 2)
    }

    @Test func aMissingModelsFolderSaysWhatToDo() {
        let result = ConfigurationLoader(
            models: "/nonexistent/models", config: "/nonexistent/config", data: nil, environment: [:],
            machine: MachineFacts()
        ).load()
        #expect(result.configuration == nil)
        #expect(result.problems.first?.fix?.contains("--models") == true)
    }

    @Test func windowsLineEndsAndByteOrderMarksAreFine() throws {
        let text = "\u{FEFF}name: m\r\nbackend: llama-cpp\r\nparameters:\r\n  model: w.gguf\r\n"
        #expect(try Fixture.good(text).name == "m")
    }
}
