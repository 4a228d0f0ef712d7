import Foundation

/// Foundation's view of JSON, to which ours is held.
enum FoundationJSON {
    /// The object that the bytes hold; nil if they are no JSON or no object.
    static func object(_ bytes: [UInt8]) -> [String: Any]? {
        do {
            return try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        } catch {
            return nil
        }
    }

    static func object(_ text: String) -> [String: Any]? {
        object(Array(text.utf8))
    }

    /// A value of any kind.
    static func value(_ bytes: some Sequence<UInt8>) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    /// A value in one fixed spelling, so that equal values are equal texts.
    static func canonical(_ value: Any) throws -> String {
        let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
        return String(decoding: data, as: UTF8.self)
    }
}
