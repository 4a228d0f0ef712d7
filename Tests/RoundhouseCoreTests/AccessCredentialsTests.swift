import RoundhouseCore
import Testing

@Suite struct CredentialsTests {
    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER abc", "abc"), ("Bearer   abc \t", "abc"),
        ("Bearer a b", "a b"),
    ])
    func bearerTokens(_ header: String, _ secret: String) {
        #expect(Credentials.read(authorization: header, keys: []) == .secret(secret))
    }

    @Test(arguments: ["", "Bearer", "Bearer ", "bearer \t "])
    func nothingIsNoSecret(_ header: String) {
        #expect(Credentials.read(authorization: header, keys: []) == .none)
    }

    @Test(arguments: ["Basic dXNlcjpwYXNz", "Bearerabc", "Bearer\tabc", "Beare abc", "Digest x"])
    func otherSchemesAreNotTakenApart(_ header: String) {
        // They count as given, so that they are refused as wrong and not as missing.
        #expect(Credentials.read(authorization: header, keys: []) == .secret(header))
    }

    @Test func keyHeaders() {
        #expect(Credentials.read(authorization: nil, keys: []) == .none)
        #expect(Credentials.read(authorization: nil, keys: [""]) == .none)
        #expect(Credentials.read(authorization: nil, keys: [" abc\t"]) == .secret("abc"))
        #expect(Credentials.read(authorization: nil, keys: ["abc", "abc"]) == .secret("abc"))
        #expect(Credentials.read(authorization: nil, keys: ["Bearer abc"]) == .secret("Bearer abc"))
    }

    @Test func theSameKeyTwiceIsOneKey() {
        #expect(Credentials.read(authorization: "Bearer abc", keys: ["abc", " abc "]) == .secret("abc"))
    }

    @Test(arguments: [
        ("Bearer abc", ["abd"]), ("Bearer abc", ["abc", "abd"]), ("Bearer abc", ["ABC"]), ("Basic abc", ["abc"]),
    ])
    func differentKeysConflict(_ header: String, _ keys: [String]) {
        #expect(Credentials.read(authorization: header, keys: keys) == .conflicting)
    }

    @Test func differentKeyHeadersConflictInAnyOrder() {
        #expect(Credentials.read(authorization: nil, keys: ["a", "b"]) == .conflicting)
        #expect(Credentials.read(authorization: nil, keys: ["a", "a", "b", "a"]) == .conflicting)
    }
}
