/// What a request says about who sends it.
public enum Credentials: Sendable, Equatable {
    /// Nothing.
    case none
    /// One secret, however often and in whichever header.
    case secret(String)
    /// Two different ones.
    case conflicting

    /// Reads the values of `Authorization` and of the key headers that clients use (`x-api-key`, `api-key`, `xi-api-key`).
    /// Empty ones count as not there. An `Authorization` without a scheme, or with another one than Bearer, is taken for
    /// the secret as it stands.
    public static func read(authorization: String?, keys: [String]) -> Credentials {
        var found: String?
        let given = [authorization.map { bearer($0) ?? $0 }].compactMap { $0 } + keys
        for secret in given.map({ trimmed($0[...]) }) where !secret.isEmpty {
            guard found == nil || found == secret else { return .conflicting }
            found = secret
        }
        return found.map { .secret($0) } ?? .none
    }

    private static func bearer(_ value: String) -> String? {
        guard value.utf8.count >= 6, value.utf8.prefix(6).map({ $0 | 0x20 }).elementsEqual("bearer".utf8) else {
            return nil
        }
        let rest = value.dropFirst(6)
        guard rest.isEmpty || rest.first == " " else { return nil }
        return trimmed(rest)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
