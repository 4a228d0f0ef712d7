import Foundation
import RoundhouseCore
import Testing

@Suite struct APIKeyTests {
    @Test(arguments: ["a", "research-ci", "0", "a-", "9lives", "a--b", String(repeating: "k", count: 48)])
    func ids(_ id: String) { #expect(APIKey.isValid(id: id)) }

    @Test(arguments: [
        "", "-a", "-", "A", "a_b", "a b", "a.b", "ä", "a\n", "a\u{0}", "a:b", "../a", "a\u{301}",
        String(repeating: "k", count: 49),
    ])
    func noIDs(_ id: String) { #expect(!APIKey.isValid(id: id)) }

    @Test func everyClassMayDoItsOwnAndNoMore() {
        let allowed: [KeyClass: Set<RouteAccess>] = [
            .inference: [.public, .inference], .metrics: [.public, .metrics],
            .admin: [.public, .inference, .metrics, .admin],
        ]
        for keyClass in KeyClass.allCases {
            let principal = Principal(keyID: "k", team: nil, keyClass: keyClass)
            for access in [RouteAccess.public, .inference, .metrics, .admin] {
                #expect(principal.may(access) == allowed[keyClass]?.contains(access), "\(keyClass) \(access)")
            }
        }
    }

    @Test func whoeverIsLocalHasNoKeyAndMayDoEverything() {
        #expect(Principal.local.keyID == nil)
        #expect(Principal.local.team == nil)
        #expect(Principal.local.may(.admin))
    }

    @Test func keysAreInferenceKeysWithoutAnEndUnlessSaidOtherwise() {
        let key = APIKey(id: "k", hash: KeyHash(secret: "s"))
        #expect(key.keyClass == .inference)
        #expect(key.expires == nil)
        #expect(key.team == nil)
    }
}

@Suite struct KeyHashTests {
    // FIPS 180-2, appendix B.1, and the hash of nothing.
    @Test(arguments: [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ])
    func isSHA256(_ secret: String, _ hex: String) {
        #expect(KeyHash(secret: secret).hex == hex)
        #expect(KeyHash(hex: hex) == KeyHash(secret: secret))
        #expect(KeyHash(hex: hex.uppercased()) == KeyHash(secret: secret))
    }

    @Test func zerosAtTheFrontOfAWordSurvive() throws {
        let hex = "0000000000000001" + "00ff000000000000" + String(repeating: "0", count: 16) + "000000000000000f"
        #expect(try #require(KeyHash(hex: hex)).hex == hex)
    }

    @Test(arguments: [
        "", "abc", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
        String(repeating: "g", count: 64), "+" + String(repeating: "0", count: 63),
        "-" + String(repeating: "0", count: 63),
        String(repeating: "0", count: 16) + "+" + String(repeating: "0", count: 47),
        " " + String(repeating: "0", count: 63), String(repeating: "é", count: 32),
    ])
    func noHashes(_ hex: String) { #expect(KeyHash(hex: hex) == nil) }

    @Test func aDifferenceInAnyDigitIsSeen() throws {
        let zeros = String(repeating: "0", count: 64)
        let zero = try #require(KeyHash(hex: zeros))
        for index in 0..<64 {
            var digits = Array(zeros)
            digits[index] = "1"
            #expect(try #require(KeyHash(hex: String(digits))) != zero, "digit \(index)")
        }
    }
}

@Suite struct KeyRingTests {
    private func key(_ id: String, _ secret: String, expires: Int64? = nil) -> APIKey {
        APIKey(id: id, hash: KeyHash(secret: secret), expires: expires)
    }

    @Test func findsAKeyByItsSecretAndByNothingElse() {
        let ring = KeyRing(keys: [key("one", "secret-1"), key("two", "secret-2")])
        #expect(ring.key(forSecret: "secret-2", now: 0)?.id == "two")
        for wrong in ["", "secret-", "secret-3", "SECRET-1", "secret-1 ", "one", KeyHash(secret: "secret-1").hex] {
            #expect(ring.key(forSecret: wrong, now: 0) == nil, "\(wrong)")
        }
    }

    @Test func textsThatOnlyLookTheSameAreDifferentSecrets() {
        let ring = KeyRing(keys: [key("k", "caf\u{e9}")])
        #expect(ring.key(forSecret: "caf\u{e9}", now: 0) != nil)
        #expect(ring.key(forSecret: "cafe\u{301}", now: 0) == nil)
    }

    @Test func aKeyEndsAtItsMoment() {
        let ring = KeyRing(keys: [key("k", "s", expires: 1000)])
        #expect(ring.key(forSecret: "s", now: 999) != nil)
        #expect(ring.key(forSecret: "s", now: 1000) == nil)
        #expect(ring.key(forSecret: "s", now: .max) == nil)
    }

    @Test func aRingOfExpiredKeysIsNotEmpty() {
        // An empty ring opens a loopback bind; the end of a key must not.
        #expect(!KeyRing(keys: [key("k", "s", expires: 1)]).isEmpty)
        #expect(KeyRing(keys: []).isEmpty)
        #expect(KeyRing(keys: []).key(forSecret: "", now: 0) == nil)
    }
}

@Suite struct KeySecretTests {
    @Test func namesItsKeyAndHolds256Bits() throws {
        let secret = KeySecret.make(id: "research-ci")
        #expect(secret.hasPrefix("rh-research-ci-"))
        let random = secret.dropFirst("rh-research-ci-".count)
        #expect(random.count == 43)
        let base64 = random.replacing("-", with: "+").replacing("_", with: "/") + "="
        #expect(try #require(Data(base64Encoded: String(base64))).count == 32)
    }

    @Test func neverRepeatsAndUsesEveryBit() throws {
        var seen = Set<String>()
        var ones = [UInt8](repeating: 0, count: 32)
        var zeros = [UInt8](repeating: 0, count: 32)
        for _ in 0..<200 {
            let secret = KeySecret.make(id: "k")
            #expect(seen.insert(secret).inserted)
            let base64 = secret.dropFirst(5).replacing("-", with: "+").replacing("_", with: "/") + "="
            for (index, byte) in try #require(Data(base64Encoded: String(base64))).enumerated() {
                ones[index] |= byte
                zeros[index] |= ~byte
            }
        }
        // A bit that never changes in 200 secrets is no random one: 2^-199.
        #expect(ones.allSatisfy { $0 == 0xff })
        #expect(zeros.allSatisfy { $0 == 0xff })
    }

    @Test func opensTheRingItIsIn() {
        let secret = KeySecret.make(id: "k")
        let ring = KeyRing(keys: [APIKey(id: "k", hash: KeyHash(secret: secret))])
        #expect(ring.key(forSecret: secret, now: 0)?.id == "k")
        #expect(ring.key(forSecret: String(secret.dropLast()), now: 0) == nil)
    }
}
