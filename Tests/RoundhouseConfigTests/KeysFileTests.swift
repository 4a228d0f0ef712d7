import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

/// A folder with a `keys.yaml` in it; removed with the value.
final class KeysFixture {
    let folder: String
    var path: String { folder + "/keys.yaml" }
    private var file: KeysFile { KeysFile(path: path) }

    init(_ text: String? = nil, mode: Int = 0o600) throws {
        folder = NSTemporaryDirectory() + "roundhouse-keys-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if let text { try write(Data(text.utf8), mode: mode) }
    }

    func write(_ data: Data, mode: Int = 0o600) throws {
        try data.write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    var text: String {
        get throws { String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self) }
    }

    // The folder must outlive the call, also where the fixture is not used after it.
    func load() throws -> [APIKey] { try withExtendedLifetime(self) { try file.load() } }
    func add(_ key: APIKey) throws { try withExtendedLifetime(self) { try file.add(key) } }
    func revoke(_ id: String) throws { try withExtendedLifetime(self) { try file.revoke(id: id) } }

    /// What loading says is wrong, or nothing if it does not fail.
    func complaint() -> String {
        do {
            _ = try load()
            return ""
        } catch {
            return "\(error)"
        }
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            print("left behind: \(folder): \(error)")
        }
    }
}

@Suite struct KeysFileTests {
    private let hash = KeyHash(secret: "s").hex

    private func key(_ id: String, team: String? = nil, expires: Int64? = nil) -> APIKey {
        APIKey(id: id, team: team, hash: KeyHash(secret: "secret of \(id)"), expires: expires)
    }

    @Test func noFileIsNoKeys() throws {
        for text in [nil, "", "# nothing\n", "[]\n"] {
            #expect(try KeysFixture(text).load().isEmpty)
        }
    }

    @Test func theDesignsExample() throws {
        let keys = try KeysFixture(
            "- {id: research-ci, team: research, class: inference, sha256: \(hash), expires: 2027-01-01}\n"
        ).load()
        #expect(
            keys == [
                APIKey(
                    id: "research-ci", team: "research", keyClass: .inference, hash: KeyHash(secret: "s"),
                    expires: 1_798_761_600)
            ])
    }

    @Test func whatCanBeLeftOut() throws {
        let keys = try KeysFixture("- id: k\n  sha256: \(hash.uppercased())\n").load()
        #expect(keys == [APIKey(id: "k", hash: KeyHash(secret: "s"))])
    }

    @Test(arguments: KeyClass.allCases)
    func classes(_ keyClass: KeyClass) throws {
        let keys = try KeysFixture("- {id: k, class: \(keyClass.rawValue), sha256: \(hash)}").load()
        #expect(keys.map(\.keyClass) == [keyClass])
    }

    @Test func whatIsAddedIsReadBack() throws {
        let fixture = try KeysFixture()
        var keys = [key("a"), key("b", team: "research"), key("0", expires: 1_798_761_600)]
        keys[0].keyClass = .admin
        keys[1].keyClass = .metrics
        for key in keys { try fixture.add(key) }
        #expect(try fixture.load() == keys)
        try fixture.revoke("b")
        #expect(try fixture.load() == [keys[0], keys[2]])
    }

    @Test(arguments: ["research", "null", "true", "no", "1", "0x1f", "a-b"])
    func teamsThatMeanSomethingInYAMLAreReadBack(_ team: String) throws {
        let fixture = try KeysFixture()
        try fixture.add(key("k", team: team))
        #expect(try fixture.load().map(\.team) == [team])
    }

    @Test(arguments: ["two words", "a: b", "~", "{a}", "\"quoted\"", "a\nb", "&anchor", "日本", " padded "])
    func teamsThatNoIdCouldBeAreRefused(_ team: String) throws {
        let fixture = try KeysFixture()
        #expect(throws: KeysFileError.self) { try fixture.add(key("k", team: team)) }
        #expect(try fixture.load().isEmpty)
    }

    @Test func theFileIsPrivateAndHoldsNoSecret() throws {
        let fixture = try KeysFixture()
        let secret = KeySecret.make(id: "k")
        try fixture.add(APIKey(id: "k", hash: KeyHash(secret: secret)))
        let mode = try FileManager.default.attributesOfItem(atPath: fixture.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try !fixture.text.contains(secret))
        #expect(try !fixture.text.contains(secret.dropFirst(5)))
        #expect(try fixture.text.contains(KeyHash(secret: secret).hex))
        #expect(!FileManager.default.fileExists(atPath: fixture.path + ".new"))
    }

    @Test func anIDIsTakenOnce() throws {
        let fixture = try KeysFixture()
        try fixture.add(key("k"))
        let before = try fixture.text
        #expect(throws: KeysFileError.self) {
            try fixture.add(APIKey(id: "k", hash: KeyHash(secret: "another")))
        }
        #expect(try fixture.text == before)
    }

    @Test func revokingWhatIsNotThereNamesTheNearest() throws {
        let fixture = try KeysFixture()
        try fixture.add(key("research-ci"))
        let error = #expect(throws: KeysFileError.self) { try fixture.revoke("reserch-ci") }
        #expect(error?.description.contains("Did you mean `research-ci`?") == true)
        #expect(try fixture.load().count == 1)
    }

    @Test func aRevokedKeyOpensNothing() throws {
        let fixture = try KeysFixture()
        try fixture.add(key("k"))
        #expect(KeyRing(keys: try fixture.load()).key(forSecret: "secret of k", now: 0)?.id == "k")
        try fixture.revoke("k")
        #expect(KeyRing(keys: try fixture.load()).isEmpty)
    }

    @Test func changesAtTheSameTimeDoNotLoseEachOther() async throws {
        let fixture = try KeysFixture()
        let file = KeysFile(path: fixture.path)
        // Threads of their own: tasks might take turns, and then there would be nothing to lose.
        let failures = await withTaskGroup(of: [String].self) { group in
            for writer in 0..<8 {
                let keys = (0..<8).map { key("k\(writer)-\($0)") }
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread {
                            continuation.resume(returning: Self.failures { for key in keys { try file.add(key) } })
                        }
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(failures.isEmpty)
        #expect(try fixture.load().count == 64)
    }

    private static func failures(_ body: () throws -> Void) -> [String] {
        do {
            try body()
            return []
        } catch {
            return ["\(error)"]
        }
    }

    @Test func aFileThatCannotBeReadIsNotOverwritten() throws {
        let text = "- {id: k, sha256: nonsense}\n"
        let fixture = try KeysFixture(text)
        #expect(throws: KeysFileError.self) { try fixture.add(key("new")) }
        #expect(throws: KeysFileError.self) { try fixture.revoke("k") }
        #expect(try fixture.text == text)
    }
}
