import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

/// A watch that expectations can ask.
private final class Watcher {
    private var watch: FileWatch

    init(_ fixture: Fixture, after result: LoadResult) {
        watch = FileWatch(models: "\(fixture.root)/models", config: "\(fixture.root)/config", after: result)
    }

    func look() -> Bool { watch.look() }
    func settle(_ result: LoadResult) -> Bool { watch.settle(result) }
}

@Suite struct FileWatchTests {
    private static let cloud = "name: m\nbackend: openai\nendpoint: http://127.0.0.1:1\n"

    private func fixture() throws -> Fixture {
        let fixture = try Fixture([
            "models/a.yaml": Self.cloud, "models/w.gguf": "w", "config/roundhouse.yaml": "offline: false\n",
            "config/keys.yaml": "[]\n", "models/key": "sk-1",
        ])
        try fixture.protect("config/keys.yaml")
        return fixture
    }

    private func fingerprint(_ fixture: Fixture, also: [String] = []) -> FileFingerprint {
        ConfigurationFiles.fingerprint(models: "\(fixture.root)/models", config: "\(fixture.root)/config", also: also)
    }

    /// Changes the bytes of a file where they are, as some editors do.
    private func overwrite(_ path: String, _ text: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    @Test func nothingChangedIsTheSame() throws {
        let fixture = try fixture()
        let first = fingerprint(fixture)
        #expect(fingerprint(fixture) == first)
        // Weights, hidden files and locks do not count.
        try fixture.write("models/w.gguf", Data("more".utf8))
        try fixture.write("models/.a.yaml.swp", Data("x".utf8))
        try fixture.write("config/keys.yaml.lock", Data())
        #expect(fingerprint(fixture) == first)
    }

    @Test func everyKindOfChangeIsSeen() throws {
        let fixture = try fixture()
        var seen = [fingerprint(fixture)]
        func expectAnother(_ what: String) {
            let now = fingerprint(fixture)
            #expect(!seen.contains(now), "\(what)")
            seen.append(now)
        }
        try fixture.write("models/a.yaml", Data("name: n\n".utf8))
        expectAnother("replaced")
        try overwrite("\(fixture.root)/models/a.yaml", "name: other\n")
        expectAnother("written in place")
        try fixture.write("models/b.yml", Data(Self.cloud.utf8))
        expectAnother("added")
        try FileManager.default.moveItem(atPath: "\(fixture.root)/models/b.yml", toPath: "\(fixture.root)/models/c.yml")
        expectAnother("renamed")
        try FileManager.default.removeItem(atPath: "\(fixture.root)/config/roundhouse.yaml")
        expectAnother("removed")
        try overwrite("\(fixture.root)/config/keys.yaml", "[ ]\n")
        expectAnother("keys")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o622], ofItemAtPath: "\(fixture.root)/config/keys.yaml")
        expectAnother("mode")
        try FileManager.default.createSymbolicLink(
            atPath: "\(fixture.root)/models/d.yaml", withDestinationPath: "nowhere")
        expectAnother("a link to nothing")
        try fixture.write("models/nowhere", Data("x".utf8))
        expectAnother("a link's target")
        try FileManager.default.removeItem(atPath: "\(fixture.root)/models")
        expectAnother("no folder")
    }

    @Test func theSameBytesAtAnotherTimeAreAChange() throws {
        let fixture = try fixture()
        let first = fingerprint(fixture)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)],
            ofItemAtPath: "\(fixture.root)/models/a.yaml")
        #expect(fingerprint(fixture) != first)
    }

    // When to read.

    private func watch(_ fixture: Fixture) -> Watcher { Watcher(fixture, after: fixture.load()) }

    @Test func aFileIsReadWhenTwoLooksAgree() throws {
        let fixture = try fixture()
        let watch = watch(fixture)
        #expect(!watch.look() && !watch.look() && !watch.look())
        // Half of it, the other half, and then nothing more.
        try overwrite("\(fixture.root)/models/a.yaml", "name: m\nback")
        #expect(!watch.look())
        try overwrite("\(fixture.root)/models/a.yaml", Self.cloud + "aliases: [x]\n")
        #expect(!watch.look())
        #expect(watch.look())
        // It asks until somebody has read.
        #expect(watch.look())
        let result = fixture.load()
        #expect(watch.settle(result))
        #expect(result.configuration?.models.first?.aliases == ["x"])
        #expect(!watch.look() && !watch.look())
    }

    @Test func aFileThatIsBackAgainIsNotRead() throws {
        let fixture = try fixture()
        let watch = watch(fixture)
        try FileManager.default.moveItem(
            atPath: "\(fixture.root)/models/a.yaml", toPath: "\(fixture.root)/models/a.old")
        #expect(!watch.look())
        try FileManager.default.moveItem(
            atPath: "\(fixture.root)/models/a.old", toPath: "\(fixture.root)/models/a.yaml")
        #expect(!watch.look() && !watch.look())
    }

    @Test func aBrokenFileIsReadOnce() throws {
        let fixture = try fixture()
        let watch = watch(fixture)
        try fixture.write("models/a.yaml", Data("name: [".utf8))
        #expect(!watch.look())
        #expect(watch.look())
        let result = fixture.load()
        #expect(result.configuration == nil)
        #expect(watch.settle(result))
        #expect(!watch.look() && !watch.look())
        try fixture.write("models/a.yaml", Data(Self.cloud.utf8))
        #expect(!watch.look())
        #expect(watch.look())
    }

    @Test func aFileThatChangesWhileItIsReadIsReadAgain() throws {
        let fixture = try fixture()
        let watch = watch(fixture)
        try fixture.write("models/a.yaml", Data((Self.cloud + "aliases: [x]\n").utf8))
        #expect(!watch.look())
        #expect(watch.look())
        let result = fixture.load()
        try fixture.write("models/a.yaml", Data((Self.cloud + "aliases: [y]\n").utf8))
        #expect(!watch.settle(result))
        #expect(watch.look())
        #expect(watch.settle(fixture.load()))
        #expect(!watch.look())
    }

    @Test func filesThatAreOnlyMentionedAreWatchedToo() throws {
        let fixture = try fixture()
        try fixture.write("models/a.yaml", Data((Self.cloud + "api_key_file: key\n").utf8))
        try fixture.write("models/b.yaml", Data("name: n\nbackend: nonsense\napi_key_file: ./none\n".utf8))
        let result = fixture.load()
        #expect(result.watchedFiles == ["\(fixture.root)/models/key", "\(fixture.root)/models/none"])
        let watch = Watcher(fixture, after: result)
        #expect(!watch.look() && !watch.look())
        try fixture.write("models/key", Data("sk-2".utf8))
        #expect(!watch.look())
        #expect(watch.look())
        #expect(watch.settle(fixture.load()))
        // A file that was missing and comes.
        try fixture.write("models/none", Data("sk-3".utf8))
        #expect(!watch.look())
        #expect(watch.look())
    }

    @Test func aNewMentionNeedsNoSecondRead() throws {
        let fixture = try fixture()
        let watch = watch(fixture)
        try fixture.write("models/a.yaml", Data((Self.cloud + "api_key_file: key\n").utf8))
        #expect(!watch.look())
        #expect(watch.look())
        #expect(watch.settle(fixture.load()))
        #expect(!watch.look() && !watch.look())
    }

    @Test func whatALoadHasSeenIsWhatALookSees() throws {
        let fixture = try fixture()
        #expect(fixture.load().fingerprint == fingerprint(fixture))
    }
}
