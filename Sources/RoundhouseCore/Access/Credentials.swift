/// What a request says about who sends it.
public enum Credentials: Sendable, Equatable {
    /// Nothing.
    case none
    /// One secret, however often and in whichever header.
    case secret(String)
    /// Two different ones.
    case conflicting

    /// Reads the values of `Authorization` and of the key headers that clients use (`x-api-key`, `api-key`, `xi-api-key`).
    /// An `Authorization` of another scheme than Bearer counts as a secret that no key has.
    public static func read(authorization: String?, keys: [String]) -> Credentials {
        var found: String?
        if let authorization { found = bearer(authorization) ?? authorization }
        for key in keys {
            let key = trimmed(key[...])
            guard found == nil || found == key else { return .conflicting }
            found = key
        }
        guard let found, !found.isEmpty else { return .none }
        return .secret(found)
    }

    private static func bearer(_ value: String) -> String? {
        guard value.utf8.count >= 6, value.utf8.prefix(6).map({ $0 | 0x20 }).elementsEqual("bearer".utf8) else { return nil }
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
