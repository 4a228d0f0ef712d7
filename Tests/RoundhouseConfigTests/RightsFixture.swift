import RoundhouseConfig
import RoundhouseCore

/// Loads a `config/roundhouse.yaml` and a `config/keys.yaml` beside four models: `llama3` (alias `default`) and `embed-s`
/// (alias `gpt-embed`), whose servers are on this machine, and `cloud` (alias `gpt-4o`, priced in USD) and `cloud-eu` (EUR),
/// whose servers are not.
enum RightsFixture {
    static let models = [
        "models/a.yaml": """
        - {name: llama3, backend: openai, endpoint: "http://127.0.0.1:1", aliases: [default]}
        - {name: embed-s, backend: openai, endpoint: "http://127.0.0.1:1", aliases: [gpt-embed]}
        """,
        "models/b.yaml": """
        - name: cloud
          backend: openai
          endpoint: https://api.example.com
          aliases: [gpt-4o]
          cost: {input_per_million: 1, output_per_million: 2}
        - name: cloud-eu
          backend: openai
          endpoint: https://eu.example.com
          cost: {input_per_million: 1, output_per_million: 2, currency: EUR}
        """,
    ]

    static func load(
        _ roundhouse: String, keys: String? = nil, models: [String: String] = models,
        environment: [String: String] = [:]
    ) throws -> LoadResult {
        var files = models
        files["config/roundhouse.yaml"] = roundhouse
        files["config/keys.yaml"] = keys
        let fixture = try Fixture(files)
        if keys != nil { try fixture.protect("config/keys.yaml") }
        return fixture.load(environment: environment)
    }

    /// A line of `keys.yaml`.
    static func key(_ id: String, _ more: String = "") -> String {
        "- {id: \(id), sha256: \(KeyHash(secret: id).hex)\(more.isEmpty ? "" : ", \(more)")}\n"
    }
}
