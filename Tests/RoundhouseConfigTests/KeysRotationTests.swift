import RoundhouseConfig
import RoundhouseCore
import Testing

@Suite struct KeysRotationTests {
    private let now: Int64 = 1_800_000_000
    private let fresh = KeyHash(secret: "fresh")

    private var key: APIKey {
        var key = APIKey(id: "ci", team: "research", keyClass: .metrics, hash: KeyHash(secret: "first"))
        key.models = NamePatterns(["llama3"])
        key.limits.concurrent = 2
        key.budget = BudgetLimit(amount: Money(units: 5), period: .day)
        key.localOnly = true
        return key
    }

    private func fixture(_ keys: [APIKey]) throws -> KeysFixture {
        let fixture = try KeysFixture()
        for key in keys { try fixture.add(key) }
        return fixture
    }

    private func rotate(
        _ fixture: KeysFixture, _ id: String = "ci", expires: Int64? = nil, overlap: Int64? = nil
    ) throws -> KeysFile.Rotation {
        try withExtendedLifetime(fixture) {
            try KeysFile(path: fixture.path).rotate(id: id, hash: fresh, expires: expires, overlap: overlap, now: now)
        }
    }

    @Test func theOldSecretStopsAtOnce() throws {
        let other = APIKey(id: "other", hash: KeyHash(secret: "o"))
        let fixture = try fixture([key, other])
        let rotation = try rotate(fixture)
        var wanted = key
        wanted.hash = fresh
        #expect(rotation.key == wanted)
        #expect(rotation.old == nil)
        #expect(try fixture.load() == [wanted, other])
        let ring = KeyRing(keys: try fixture.load())
        #expect(ring.key(forSecret: "first", now: now) == nil)
        #expect(ring.key(forSecret: "fresh", now: now)?.id == "ci")
    }

    @Test func withAnOverlapItGoesOnUnderAnotherName() throws {
        let fixture = try fixture([key, APIKey(id: "other", hash: KeyHash(secret: "o"))])
        let rotation = try rotate(fixture, overlap: 86_401)
        var old = key
        old.id = "ci-old"
        old.expires = now + 86_401
        #expect(rotation.old == old)
        #expect(try fixture.load().map(\.id) == ["ci", "ci-old", "other"])
        #expect(try fixture.load()[1] == old)
        let ring = KeyRing(keys: try fixture.load())
        #expect(ring.key(forSecret: "first", now: now + 86_400)?.id == "ci-old")
        #expect(ring.key(forSecret: "first", now: now + 86_401) == nil)
        #expect(ring.key(forSecret: "fresh", now: now + 86_401)?.id == "ci")
    }

    @Test func theOldSecretLivesNoLongerThanItWouldHave() throws {
        var key = key
        key.expires = now + 10
        let fixture = try fixture([key])
        #expect(try rotate(fixture, expires: now + 1000, overlap: 100).old?.expires == now + 10)
        #expect(try fixture.load().first?.expires == now + 1000)
    }

    @Test func anOldOneThatStillWorksIsNotLost() throws {
        let fixture = try fixture([key])
        _ = try rotate(fixture, overlap: 100)
        let text = try fixture.text
        let error = #expect(throws: KeysFileError.self) { try rotate(fixture, overlap: 100) }
        #expect(error?.description.contains("There is a key `ci-old` already") == true)
        #expect(error?.description.contains("roundhouse keys revoke ci-old") == true)
        #expect(try fixture.text == text)
        // Without an overlap nothing needs the name.
        _ = try KeysFile(path: fixture.path).rotate(id: "ci", hash: KeyHash(secret: "third"), now: now)
        #expect(try fixture.load().map(\.id) == ["ci", "ci-old"])
    }

    @Test func anOldOneThatIsOverMakesRoom() throws {
        let fixture = try fixture([APIKey(id: "ci-old", hash: KeyHash(secret: "older"), expires: now), key])
        _ = try rotate(fixture, overlap: 60)
        #expect(try fixture.load().map(\.id) == ["ci", "ci-old"])
        #expect(KeyRing(keys: try fixture.load()).key(forSecret: "first", now: now)?.id == "ci-old")
        #expect(KeyRing(keys: try fixture.load()).key(forSecret: "older", now: 0) == nil)
    }

    @Test func aKeyThatIsOverNeedsANewEnd() throws {
        var key = key
        key.expires = now
        let fixture = try fixture([key])
        let error = #expect(throws: KeysFileError.self) { try rotate(fixture) }
        #expect(error?.description.contains("--expires") == true)
        #expect(throws: KeysFileError.self) { try rotate(fixture, expires: now - 1) }
        #expect(try rotate(fixture, expires: now + 60).key.expires == now + 60)
        #expect(KeyRing(keys: try fixture.load()).key(forSecret: "fresh", now: now)?.id == "ci")
    }

    @Test func whatIsNotThereCannotBeRotated() throws {
        let fixture = try fixture([key])
        let error = #expect(throws: KeysFileError.self) { try rotate(fixture, "c1") }
        #expect(error?.description.contains("There is no key `c1`. Did you mean `ci`?") == true)
        #expect(try fixture.load() == [key])
    }

    @Test func aNameMustLeaveRoomForTheOldOne() throws {
        let long = String(repeating: "a", count: 45)
        let fixture = try fixture([APIKey(id: long, hash: KeyHash(secret: "s"))])
        let error = #expect(throws: KeysFileError.self) { try rotate(fixture, long, overlap: 60) }
        #expect(error?.description.contains("longer than 48 characters") == true)
        #expect(try rotate(fixture, long).key.id == long)
    }

    @Test func endsThatNoFileHoldsAreRefused() throws {
        let fixture = try fixture([key])
        #expect(throws: KeysFileError.self) { try rotate(fixture, expires: 253_402_300_800) }
        #expect(throws: KeysFileError.self) { try rotate(fixture, overlap: 253_402_300_800) }
        #expect(try fixture.load() == [key])
    }
}
