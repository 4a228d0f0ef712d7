import RoundhouseConfig
import RoundhouseCore
import Testing

/// A mistake in `models/a.yaml`: what must be said, and in which line.
struct Mistake: CustomTestStringConvertible, Sendable {
    var yaml: String
    var line: Int
    var message: String
    var fix: String
    var severity = Problem.Severity.error
    /// Whether Roundhouse starts all the same, the model being unavailable (or the finding harmless).
    var starts = false

    var testDescription: String { message }
}

private let base = "name: m\nbackend: llama-cpp\nparameters: {model: w.gguf}\n"
private let cloud = "name: m\nbackend: openai\nendpoint: https://api.example.com/v1\n"

@Suite struct ModelMistakesTests {
    static let keys: [Mistake] = [
        Mistake(yaml: base + "contxt_size: 1", line: 4, message: "unknown key `contxt_size`", fix: "`context_size`"),
        Mistake(yaml: base + "qqq: 1", line: 4, message: "unknown key `qqq`", fix: "known keys: name, aliases"),
        Mistake(yaml: base + "limits: {queu: 1}", line: 4, message: "`limits.queu`", fix: "`limits.queue`"),
        Mistake(yaml: base + "timeouts:\n  laod: 1s", line: 5, message: "`timeouts.laod`", fix: "`timeouts.load`"),
        Mistake(yaml: base + "temperature: 1", line: 4, message: "belongs under `parameters:`", fix: "  temperature:"),
        Mistake(
            yaml: "name: m\nbackend: llama-cpp\nparameters:\n  model: w.gguf\n  gpu_layers: 9", line: 5,
            message: "`gpu_layers` does not belong under", fix: "left margin"),
        Mistake(
            yaml: base + "template:\n  chat: x", line: 4, message: "known from LocalAI",
            fix: "the engine's own chat template is used", severity: .warning, starts: true),
        Mistake(yaml: base + "stopwords: [x]", line: 4, message: "known from LocalAI", fix: "stop: [...]"),
        Mistake(yaml: base + "alias: other", line: 4, message: "known from LocalAI", fix: "aliases: [this name]"),
        Mistake(yaml: base + "split: {a: 1}", line: 4, message: "`split` belongs into a rule", fix: "route:"),
        Mistake(
            yaml: base + "concurrency_groups: []", line: 4, message: "`concurrency_groups` is empty and does nothing",
            fix: "remove it", severity: .warning, starts: true),
        Mistake(
            yaml: base + "memory: 6GiB\nmemory_limit: 4GiB", line: 5, message: "`memory_limit` is less than `memory`",
            fix: "raise `memory_limit`", severity: .warning, starts: true),
        Mistake(
            yaml: base + "on_oom: {context_size: quarter}", line: 4,
            message: "`on_oom.context_size` must be one of half", fix: ""),
        Mistake(yaml: base + "priority: urgent", line: 4, message: "must be one of low, normal, high", fix: ""),
        Mistake(
            yaml: "name: m\nbackend: espeak\non_oom: {context_size: half}", line: 3,
            message: "means nothing to espeak", fix: "remove it"),
    ]

    static let values: [Mistake] = [
        Mistake(yaml: base + "context_size: lots", line: 4, message: "a whole number, found `lots`", fix: "8192"),
        Mistake(yaml: base + "context_size: -1", line: 4, message: "found `-1`", fix: "leave it out for 4096"),
        Mistake(yaml: base + "context_size: 0", line: 4, message: "found `0`", fix: "leave it out for 4096"),
        Mistake(yaml: base + "parallel: [2]", line: 4, message: "a whole number, found a list", fix: "parallel: 1"),
        Mistake(yaml: base + "mmap: maybe", line: 4, message: "true or false, found `maybe`", fix: "mmap: true"),
        Mistake(yaml: base + "keep_alive: 15", line: 4, message: "or forever, found `15`", fix: "keep_alive: 15m"),
        Mistake(yaml: base + "memory: big", line: 4, message: "a size such as 32MiB", fix: "memory: 32MiB"),
        Mistake(yaml: base + "timeouts: {idle: 1x}", line: 4, message: "a duration such as", fix: "idle: 30s"),
        Mistake(yaml: base + "timeouts: {idle: 0s}", line: 4, message: "longer than nothing", fix: "default"),
        Mistake(yaml: base + "limits: 4", line: 4, message: "a mapping, found `4`", fix: "indented by two spaces"),
        Mistake(yaml: base + "limits: {concurrent: 0}", line: 4, message: "a whole number, 1 to", fix: "leave the key"),
        Mistake(yaml: base + "cost: {input_per_million: 1}", line: 4, message: "lacks `output_per_million`", fix: "0 "),
        Mistake(yaml: base + "cost: {currency: EUR}", line: 4, message: "names no price", fix: "input_per_million:"),
        Mistake(yaml: base + "cost: {}", line: 4, message: "names no price", fix: "unpriced model is not free"),
        Mistake(
            yaml: base + "cost:\n  cached_input_per_million: 1\n  per_image: 1", line: 5,
            message: "needs `input_per_million`",
            fix: "cached_input_per_million: 0.075"),
        Mistake(
            yaml: base + "cost: {per_image: 1, output_per_million: 2}", line: 4, message: "lacks `input_per_million`",
            fix: "0 means free"),
        Mistake(yaml: base + "cost: {per_image: -1}", line: 4, message: "an amount of money", fix: "per_image: 0.60"),
        Mistake(yaml: base + "cost: {per_second: 1e-12}", line: 4, message: "an amount of money", fix: "per_second: 0"),
        Mistake(yaml: base + "cost: {per_second: 2e9}", line: 4, message: "0 to 1000000000", fix: "per_second: 0"),
        Mistake(yaml: base + "cost: {per_image: 1, currency: eur}", line: 4, message: "three capital", fix: "EUR"),
        Mistake(
            yaml: base + "cost: {per_pixel: 1}", line: 4, message: "`cost.per_pixel`", fix: "known keys under `cost`"),
        Mistake(
            yaml: base + "limits: {requests_per_minute: 0}", line: 4, message: "`limits.requests_per_minute`",
            fix: "leave the key out for no limit"),
        Mistake(
            yaml: base + "limits: {token_per_minute: 1}", line: 4, message: "`limits.token_per_minute`", fix: "tokens"),
        Mistake(
            yaml: base + "limits: {shadow: true}", line: 4, message: "`limits.shadow` has no limit", fix: "add one",
            severity: .warning, starts: true),
        Mistake(yaml: base + "local: true", line: 4, message: "only for a model with an `endpoint`", fix: "remove it"),
        Mistake(yaml: cloud + "local: perhaps", line: 4, message: "`local` must be true or false", fix: "local: true"),
        Mistake(yaml: base + "capabilities: [chatt]", line: 4, message: "unknown capability", fix: "`chat`"),
        Mistake(yaml: base + "capabilities: [chat, vision]", line: 4, message: "needs the projector", fix: "mmproj:"),
        Mistake(yaml: base + "capabilities: [chat, embeddings]", line: 4, message: "one engine", fix: "for each"),
        Mistake(yaml: base + "args: [--port, 80]", line: 4, message: "is set by Roundhouse itself", fix: "remove it"),
        Mistake(yaml: base + "args: [--ctx-size=9]", line: 4, message: "is set by", fix: "`context_size`"),
        Mistake(
            yaml: base + "pinned: true\nkeep_alive: 5m", line: 5, message: "contradict each other", fix: "keep one"),
        Mistake(
            yaml: "name: m\nbackend: llama-cpp\nparameters:\n  model: w.gguf\n  max_tokens: 0", line: 5,
            message: "found `0`", fix: "leave it out for no limit"),
    ]

    static let identity: [Mistake] = [
        Mistake(yaml: "backend: llama-cpp\nparameters: {model: w.gguf}", line: 1, message: "no `name`", fix: "name: "),
        Mistake(yaml: "name: a b\nbackend: openai\nendpoint: http://h", line: 1, message: "no name", fix: "without sp"),
        Mistake(yaml: "name: a*\nbackend: openai\nendpoint: http://h", line: 1, message: "no name", fix: "and `*`"),
        Mistake(yaml: base + "aliases: [\"*\"]", line: 4, message: "`*` is no name", fix: "and `*`"),
        Mistake(yaml: base + "aliases: [m]", line: 4, message: "already a name of this model", fix: "remove it"),
        Mistake(yaml: "name: m\nbackend: lama-cpp", line: 2, message: "unknown backend", fix: "`backend: llama-cpp`"),
        Mistake(
            yaml: "name: m\nparameters: {model: x.bin}", line: 1, message: "no `backend`", fix: "backend: llama-cpp"),
        Mistake(yaml: "name: m\nbackend: llama-cpp", line: 1, message: "no weights", fix: "parameters:\n  model:"),
        Mistake(yaml: "name: m\nbackend: openai", line: 2, message: "needs an `endpoint`", fix: "endpoint: https"),
        Mistake(
            yaml: cloud + "gpu_layers: 9", line: 4, message: "only for engines that Roundhouse starts", fix: "remove"),
        Mistake(yaml: cloud + "keep_alive: 5m", line: 4, message: "only for engines", fix: "remove `keep_alive`"),
        Mistake(yaml: cloud + "endpoints: [http://h]", line: 3, message: "are both given", fix: "keep `endpoints"),
        Mistake(yaml: base + "api_key: x", line: 4, message: "only for a model with an `endpoint`", fix: "endpoint"),
        Mistake(yaml: cloud + "api_key: $KEY", line: 4, message: "no reference", fix: "api_key: ${env:KEY}"),
        Mistake(
            yaml: cloud + "api_key: sk-literal", line: 4, message: "stands in the file", fix: "${env:NAME}",
            severity: .warning, starts: true),
        Mistake(
            yaml: cloud + "api_key: ${env:NOT_SET}", line: 4, message: "NOT_SET is not set", fix: "export NOT_SET=",
            starts: true),
        Mistake(
            yaml: "name: m\nbackend: openai\nendpoint: localhost:8000", line: 3, message: "must begin with http://",
            fix: "http://localhost:8000"),
        Mistake(
            yaml: "name: m\nbackend: kokoro\nendpoints: [http://gpu:8000]", line: 2, message: "not in this version",
            fix: "backend: openai\nendpoint: ", starts: true),
        Mistake(
            yaml: "name: m\nbackend: llama-cpp\nparameters:\n  model: v.gguf", line: 4, message: "cannot be found",
            fix: "did you mean `w.gguf`?", starts: true),
        Mistake(
            yaml: "name: m\nbackend: llama-cpp\nparameters:\n  model: /models/other.gguf", line: 4,
            message: "models/other.gguf", fix: "w.gguf", starts: true),
        Mistake(
            yaml: "name: m\nbackend: llama-cpp\nparameters: {model: huggingface://a/b}", line: 3,
            message: "weights are not here", fix: "download them", starts: true),
        Mistake(
            yaml: "name: m\nparameters: {model: w.gguf}", line: 1, message: "taken as `backend: llama-cpp`", fix: "",
            severity: .note, starts: true),
    ]

    static let syntax: [Mistake] = [
        Mistake(yaml: "name: m\nlist: [1, 2\n", line: 3, message: "not valid YAML", fix: "brackets"),
        Mistake(
            yaml: "name: m\nparameters:\n\tmodel: w.gguf", line: 3, message: "a tab", fix: "in front of `model:`"),
        Mistake(yaml: "name: m\na: 1\nname: n", line: 3, message: "`name` stands twice", fix: "`---`"),
        Mistake(yaml: "name: m: n", line: 1, message: "not valid YAML", fix: "quotes"),
        Mistake(yaml: "just text", line: 1, message: "must be a mapping of keys", fix: "name: llama3"),
        Mistake(
            yaml: "name: m\nbackend: llama-cpp\nparameters:\nmodel: w.gguf\ncontext_size: 8192", line: 4,
            message: "`model` has lost its indentation", fix: "parameters:\n  model: w.gguf"),
        Mistake(
            yaml: base + "limits:\nqueue: 3\nqueue_timeout: 5s", line: 5, message: "lost its indentation",
            fix: "limits:\n  queue: 3\n  queue_timeout: 5s"),
    ]

    @Test(arguments: keys + values + identity + syntax)
    func isReported(_ mistake: Mistake) throws {
        let fixture = try Fixture.model(mistake.yaml)
        let result = fixture.load()
        let hit = result.problems.first { $0.message.contains(mistake.message) }
        let problem = try #require(hit, "found: \(result.problems.map(\.description))")
        #expect(problem.severity == mistake.severity)
        #expect(problem.location?.file.hasSuffix("/models/a.yaml") == true)
        #expect(problem.location?.line == mistake.line)
        #expect((problem.fix ?? "").contains(mistake.fix), "fix: \(problem.fix ?? "none")")
        #expect((result.configuration != nil) == mistake.starts, "\(result.problems.map(\.description))")
        if mistake.starts, mistake.severity == .error {
            #expect(result.configuration?.models.first?.unavailable != nil)
        }
    }

    @Test func collectsEveryProblemAndNotJustTheFirst() throws {
        let fixture = try Fixture([
            "models/a.yaml": base + "contxt_size: 1\nparallel: x\n", "models/b.yaml": "name: [\n",
            "models/c.yaml": "name: c\nbackend: openai\n", "config/roundhouse.yaml": "server: {prot: 1}\n",
        ])
        let errors = fixture.load().problems.filter { $0.severity == .error }
        #expect(errors.count { $0.location?.file.hasSuffix("a.yaml") == true } == 3)
        #expect(errors.contains { $0.location?.file.hasSuffix("b.yaml") == true })
        #expect(errors.contains { $0.location?.file.hasSuffix("c.yaml") == true })
        #expect(errors.contains { $0.fix?.contains("`server.port`") == true })
    }
}
