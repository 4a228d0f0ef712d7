import Foundation
import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct KeysFileMistakesTests {
    private static let hash = KeyHash(secret: "s").hex
    private static let other = KeyHash(secret: "t").hex

    @Test(arguments: [
        ("- {id: k}", 1, "sha256"),
        ("- {sha256: \(hash)}", 1, "id"),
        ("- {id: K, sha256: \(hash)}", 1, "id"),
        ("- {id: [k], sha256: \(hash)}", 1, "id"),
        ("# a comment\n- {id: k, sha256: \(hash.dropLast())}", 2, "64 hexadecimal"),
        ("- {id: k, sha256: \(hash)0}", 1, "64 hexadecimal"),
        ("- {id: k, class: root, sha256: \(hash)}", 1, "inference, metrics, admin"),
        ("- id: k\n  sha256: \(hash)\n  expires: soon", 3, "2027-01-01"),
        ("- {id: k, sha256: \(hash), expires: 2027-02-29}", 1, "expires"),
        ("- {id: k, sha256: \(hash), expires: 2027-13-01}", 1, "expires"),
        ("- {id: k, sha256: \(hash), expires: 2027-1-1}", 1, "expires"),
        ("- {id: k, sha256: \(hash), expires: 1969-12-31}", 1, "expires"),
        ("- id: k\n  sha256: \(hash)\n  klass: admin", 3, "unknown key `klass`"),
        ("- id: k\n  sha256: \(hash)\n  secret: abc", 3, "unknown key `secret`"),
        ("just text", 1, "expected a list of keys"),
        ("- just text", 1, "expected a key"),
        ("- [a]", 1, "expected a key"),
        ("- {id: k", 2, "began in line 1"),
        ("- id: k\n\tsha256: x", 2, "tab"),
    ])
    func mistakesSayWhereTheyAre(_ text: String, _ line: Int, _ part: String) throws {
        let fixture = try KeysFixture(text + "\n")
        let complaint = fixture.complaint()
        #expect(complaint.contains("keys.yaml:\(line): error:"), "\(complaint)")
        #expect(complaint.contains(part), "\(complaint)")
    }

    @Test func oneMistakeRefusesTheWholeFileAndAllAreListed() throws {
        let fixture = try KeysFixture(
            "- {id: good, sha256: \(Self.hash)}\n- {id: bad, sha256: x}\n- {id: worse, class: x, sha256: \(Self.other)}\n"
        )
        let complaint = fixture.complaint()
        #expect(complaint.contains("keys.yaml:2:") && complaint.contains("keys.yaml:3:"), "\(complaint)")
    }

    @Test(arguments: [
        "- {id: a, sha256: \(hash)}\n- {id: a, sha256: \(other)}\n",
        "- {id: a, sha256: \(hash)}\n- {id: b, sha256: \(hash)}\n",
        "- {id: a, sha256: \(hash)}\n---\n- {id: b, sha256: \(hash.uppercased())}\n",
    ])
    func idsAndSecretsAreUnique(_ text: String) throws {
        let complaint = try KeysFixture(text).complaint()
        #expect(complaint.contains("the same id or the same secret"), "\(complaint)")
    }

    @Test(arguments: [0o620, 0o602, 0o666, 0o622])
    func aFileThatOthersCanWriteIsNotBelieved(_ mode: Int) throws {
        let fixture = try KeysFixture("- {id: k, class: admin, sha256: \(Self.hash)}\n", mode: mode)
        #expect(fixture.complaint().contains("chmod 600"))
    }

    @Test(arguments: [0o600, 0o640, 0o644, 0o400])
    func aFileThatOthersCanOnlyReadIsTaken(_ mode: Int) throws {
        let fixture = try KeysFixture("- {id: k, sha256: \(Self.hash)}\n", mode: mode)
        #expect(try fixture.load().map(\.id) == ["k"])
    }

    @Test func aFolderInItsPlaceIsAnErrorAndNotNoKeys() throws {
        let fixture = try KeysFixture()
        try FileManager.default.createDirectory(atPath: fixture.path, withIntermediateDirectories: true)
        #expect(throws: KeysFileError.self) { try fixture.load() }
    }

    @Test func onlyAFileThatIsNotThereIsNoKeys() throws {
        // Whatever else keeps the file from being read must not open the gateway.
        let fixture = try KeysFixture("- {id: k, sha256: \(Self.hash)}\n")
        #expect(throws: KeysFileError.self) { try KeysFile(path: fixture.path + "/keys.yaml").load() }
        let loop = fixture.folder + "/loop.yaml"
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        #expect(throws: KeysFileError.self) { try KeysFile(path: loop).load() }
    }

    @Test func mangledFilesNeverGainAKeyOrCrash() throws {
        var generator = SystemRandomNumberGenerator()
        let text = "- {id: one, team: a, class: metrics, sha256: \(Self.hash), expires: 2027-01-01}\n"
        let fixture = try KeysFixture(text)
        for _ in 0..<300 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                }
            }
            try fixture.write(Data(bytes))
            do {
                let keys = try fixture.load()
                #expect(keys.count <= 1)
                #expect(keys.allSatisfy { APIKey.isValid(id: $0.id) && ($0.keyClass != .admin) })
            } catch {
                #expect(error is KeysFileError)
            }
        }
    }
}

/// `add` must not write what `load` then refuses: it would lock everybody out, the operator's `revoke` included.
@Suite struct KeysFileLockOutTests {
    private func survives(_ key: APIKey) throws {
        let fixture = try KeysFixture()
        do {
            try fixture.add(key)
        } catch {
            return
        }
        #expect(try fixture.load() == [key])
    }

    @Test(arguments: ["null", "true", "no", "0", "1e5", "0x1f", "2027-01-01", "a--"])
    func idsThatMeanSomethingInYAML(_ id: String) throws {
        try survives(APIKey(id: id, hash: KeyHash(secret: "s")))
    }

    @Test(arguments: ["", "a\u{80}b", "a\u{85}b", "a\u{2028}b", "a\u{fffe}b", "a\u{7f}b", "a\u{0}b"])
    func teamsThatYAMLCannotHold(_ team: String) throws {
        try survives(APIKey(id: "k", team: team, hash: KeyHash(secret: "s")))
    }

    @Test(arguments: [1_798_761_600, 1_798_761_601, 1_798_847_999] as [Int64])
    func anEndIsKeptToTheSecond(_ expires: Int64) throws {
        let fixture = try KeysFixture()
        try fixture.add(APIKey(id: "k", hash: KeyHash(secret: "s"), expires: expires))
        #expect(try fixture.load().first?.expires == expires)
    }

    @Test func anEndThatNoDayHoldsIsRefused() throws {
        try survives(APIKey(id: "k", hash: KeyHash(secret: "s"), expires: 253_402_300_800))
    }
}
