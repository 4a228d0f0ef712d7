import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct ConfigurationDiffTests {
    private static let launched = "name: m\nbackend: llama-cpp\nparameters: {model: w.gguf}\n"
    private static let attached = "name: m\nbackend: openai\nendpoint: http://10.0.0.1:1\n"

    private func configuration(_ models: String, _ roundhouse: String = "", _ fixture: Fixture) throws -> LoadResult {
        for (path, text) in ["models/a.yaml": models, "config/roundhouse.yaml": roundhouse] {
            try fixture.write(path, Data(text.utf8))
        }
        let result = fixture.load(environment: ["KEY": "k", "OTHER": "o"])
        guard result.configuration != nil else { throw Unexpected(problems: result.problems.map(\.description)) }
        return result
    }

    /// What a change of the model file, or of `config/roundhouse.yaml`, comes to.
    private func diff(
        _ old: String, _ new: String, _ oldFile: String = "", _ newFile: String = ""
    ) throws -> ConfigurationDiff {
        let fixture = try Fixture([
            "models/w.gguf": "w", "models/v.gguf": "v", "config/a.crt": "-----BEGIN CERTIFICATE-----",
            "config/a.key": "-----BEGIN PRIVATE KEY-----", "config/b.crt": "-----BEGIN CERTIFICATE-----",
        ])
        let before = try #require(try configuration(old, oldFile, fixture).configuration)
        return ConfigurationDiff.between(before, try #require(try configuration(new, newFile, fixture).configuration))
    }

    @Test func nothingHasChanged() throws {
        let diff = try diff(Self.launched, Self.launched)
        #expect(diff.isEmpty)
        #expect(diff == ConfigurationDiff())
        #expect(diff.description == "nothing has changed")
    }

    @Test func anotherPlaceInTheFileIsNoChange() throws {
        let teams = "teams: {a: {}}"
        #expect(try diff(Self.launched, "# note\n\n" + Self.launched, teams, "\n\n" + teams).isEmpty)
        #expect(try diff(Self.launched, Self.launched + "description: for people\n").isEmpty)
    }

    @Test func modelsComeAndGo() throws {
        let other = Self.attached.replacing("name: m", with: "name: n")
        let diff = try diff(
            Self.launched + "---\n" + other, other.replacing("name: n", with: "name: o") + "---\n" + other)
        #expect(diff.added == ["o"])
        #expect(diff.removed == ["m"])
        #expect(diff.changed.isEmpty)
        #expect(diff.description == "added o; removed m")
    }

    /// Keys with which an engine's process is started.
    @Test(arguments: [
        ("context_size: 8192", "context_size"), ("parallel: 2", "parallel"), ("gpu_layers: 3", "gpu_layers"),
        ("threads: 3", "threads"), ("batch: 64", "batch"), ("mmproj: w.gguf", "mmproj"),
        ("embeddings: true", "embeddings"),
        ("reranking: true", "reranking"), ("mmap: false", "mmap"), ("mmlock: true", "mmlock"),
        ("flash_attention: on", "flash_attention"), ("cache_type_k: q8_0", "cache_type_k"),
        ("cache_type_v: q8_0", "cache_type_v"), ("chat_template: w.gguf", "chat_template"),
        ("prompt_cache: off", "prompt_cache"), ("args: [--x]", "args"),
        ("limits: {concurrent: 3}", "limits.concurrent"),
        ("disabled: true", "availability"),
    ])
    func engineKeysRestartTheWorker(_ line: String, _ key: String) throws {
        for (old, new) in [("", line), (line, "")] {
            let change = try #require(try diff(Self.launched + old, Self.launched + new).changed.first)
            #expect(change.engine)
            #expect(change.keys.contains(key), "\(change.keys)")
        }
    }

    @Test func otherWeightsRestartTheWorker() throws {
        let other = Self.launched.replacing("w.gguf", with: "v.gguf")
        let gone = Self.launched.replacing("w.gguf", with: "none.gguf")
        let pooling = Self.launched.replacing("w.gguf", with: "w.gguf, pooling: mean")
        #expect(try diff(Self.launched, other).changed == [.init(name: "m", keys: ["parameters.model"], engine: true)])
        #expect(try diff(Self.launched, gone).changed.first?.keys == ["availability", "parameters.model"])
        #expect(
            try diff(Self.launched, pooling).changed == [.init(name: "m", keys: ["parameters.pooling"], engine: true)])
    }

    /// Everything else leaves the process alone.
    @Test(arguments: [
        ("aliases: [x]", "aliases"), ("capabilities: [chat]", "capabilities"), ("limits: {queue: 3}", "limits"),
        ("limits: {queue_timeout: 3s}", "limits"), ("limits: {requests_per_minute: 3}", "limits"),
        ("limits: {tokens_per_minute: 3}", "limits"), ("timeouts: {load: 3s}", "timeouts"),
        ("timeouts: {total: 3s}", "timeouts"), ("cost: {per_image: 3}", "cost"), ("keep_alive: 3s", "keep_alive"),
        ("pinned: true", "keep_alive"), ("warm_up: true", "warm_up"),
    ])
    func softKeysDoNot(_ line: String, _ key: String) throws {
        for (old, new) in [("", line), (line, "")] {
            let diff = try diff(Self.launched + old, Self.launched + new)
            #expect(diff.changed == [.init(name: "m", keys: [key], engine: false)])
        }
    }

    @Test func requestDefaultsAreSoft() throws {
        let warm = Self.launched.replacing("w.gguf", with: "w.gguf, temperature: 1")
        #expect(try diff(Self.launched, warm).changed == [.init(name: "m", keys: ["parameters"], engine: false)])
    }

    /// An attached model has no process.
    @Test(arguments: [
        ("local: true", "local"), ("api_key: \"${env:KEY}\"", "api_key"),
        ("limits: {concurrent: 3}", "limits.concurrent"),
        ("parameters: {model: x}", "parameters"), ("disabled: true", "availability"),
    ])
    func attachedModelsChangeSoftly(_ line: String, _ key: String) throws {
        let diff = try diff(Self.attached, Self.attached + line)
        #expect(diff.changed == [.init(name: "m", keys: [key], engine: false)])
    }

    @Test func endpointsChangeSoftlyAndKindsDoNot() throws {
        let elsewhere = Self.attached.replacing("10.0.0.1", with: "10.0.0.2")
        #expect(try diff(Self.attached, elsewhere).changed == [.init(name: "m", keys: ["endpoints"], engine: false)])
        #expect(try diff(Self.attached, Self.launched).changed.first?.engine == true)
        let back = try #require(try diff(Self.launched, Self.attached).changed.first)
        #expect(back.engine && back.keys.contains("backend") && back.keys.contains("endpoints"))
        let other = "api_key: \"${env:OTHER}\""
        let keys = try diff(Self.attached + "api_key: \"${env:KEY}\"", Self.attached + other)
        #expect(keys.changed == [.init(name: "m", keys: ["api_key"], engine: false)])
        #expect(!keys.description.contains("o\""))
    }

    @Test func teamsAreCompared() throws {
        let old = "teams: {a: {}, b: {local_only: true}, c: {models: [m]}, d: {}}"
        let new = "teams: {b: {}, e: {}, c: {models: [\"m*\"]}, d: {}}"
        let diff = try diff(Self.launched, Self.launched, old, new)
        #expect(diff.teams == ["b", "e", "c", "a"])
        #expect(diff.settings.isEmpty && diff.changed.isEmpty)
        #expect(diff.description == "teams b, e, c, a")
    }

    @Test func keysAreCompared() throws {
        func key(_ id: String, _ secret: String) -> APIKey { APIKey(id: id, hash: KeyHash(secret: secret)) }
        let configuration = Configuration(dataDirectory: "/d", keysFile: "/k")
        var limited = key("same", "s")
        limited.limits.concurrent = 1
        let diff = ConfigurationDiff.between(
            configuration, configuration,
            oldKeys: [key("gone", "g"), key("same", "s"), key("rotated", "1"), key("k", "k")],
            newKeys: [key("new", "n"), limited, key("rotated", "2"), key("k", "k")])
        #expect(diff.keys == ["new", "same", "rotated", "gone"])
        #expect(diff.needsRestart.isEmpty)
    }

    @Test(arguments: [
        ("server: {host: 127.0.0.2}", "server.host", true), ("server: {port: 1}", "server.port", true),
        ("server: {loops: 1}", "server.loops", true), ("server: {max_connections: 1}", "server.max_connections", true),
        ("data: elsewhere", "data", true), ("log: {access: off}", "log.access", true), ("ledger: off", "ledger", true),
        ("server: {tls: {certificate: a.crt, key: a.key}}", "server.tls", true),
        ("server: {max_body: 1MiB}", "server.max_body", false),
        ("server: {max_upload: 1MiB}", "server.max_upload", false),
        ("server: {header_timeout: 1s}", "server.header_timeout", false),
        ("server: {body_timeout: 1s}", "server.body_timeout", false),
        ("server: {idle_timeout: 1s}", "server.idle_timeout", false),
        ("server: {shutdown_timeout: 1s}", "server.shutdown_timeout", false),
        ("server: {allowed_hosts: [a]}", "server.allowed_hosts", false),
        ("server: {cors_origins: [https://a]}", "server.cors_origins", false),
        ("server: {trusted_proxies: [10.0.0.1]}", "server.trusted_proxies", false), ("offline: true", "offline", false),
    ])
    func settingsAreCompared(_ line: String, _ key: String, _ needsRestart: Bool) throws {
        for (old, new) in [("", line), (line, "")] {
            let diff = try diff(Self.launched, Self.launched, old, new)
            #expect(diff.settings == [key])
            #expect(diff.needsRestart == (needsRestart ? [key] : []))
        }
    }

    @Test func otherCertificatesNeedNoRestart() throws {
        let files = ["a.crt", "b.crt"].map { "server: {tls: {certificate: \($0), key: a.key}}" }
        let diff = try diff(Self.launched, Self.launched, files[0], files[1])
        #expect(diff.settings == ["server.tls"])
        #expect(diff.needsRestart.isEmpty)
    }

    @Test func itSaysEverythingInALine() throws {
        let diff = try diff(
            Self.launched, Self.launched + "context_size: 99\naliases: [x]", "", "server: {port: 1}\nteams: {a: {}}")
        let text =
            "changed m (context_size, aliases: its engine restarts); teams a; settings server.port; "
            + "only after a restart server.port"
        #expect(diff.description == text)
    }
}
