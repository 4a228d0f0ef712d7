private import FoundationEssentials

/// A JSON value as a tree, for what is rare or has to be rebuilt: answers that are translated. Not for the usual way of a request,
/// which builds no tree.
public enum JSONValue: Sendable, Equatable, Codable {
    case null
    case bool(Bool)
    case int(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Reads a text; nil if it is not JSON.
    public init?(_ text: UnsafeRawBufferPointer) {
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: Data(text))
        } catch {
            return nil
        }
    }

    /// Reads any JSON value; whole numbers that fit stay whole.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A decoder cannot be asked what comes: the kinds are tried, and the last attempt says what is wrong.
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .int(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Writes the value as it is.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// As JSON, keys in the order of the alphabet.
    public var text: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self))
        } catch {
            // Only numbers that are none could not be written, and none of those was ever read.
            return Array("null".utf8)
        }
    }

    /// A member of an object.
    public subscript(key: String) -> JSONValue? {
        get {
            if case .object(let members) = self { members[key] } else { nil }
        }
        set {
            guard case .object(var members) = self else { return }
            members[key] = newValue
            self = .object(members)
        }
    }

    /// The text, if it is one.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The number, if it is a whole one.
    public var int: Int? {
        if case .int(let value) = self { Int(value) } else { nil }
    }

    /// The elements, if it is an array; else none.
    public var elements: [JSONValue] {
        if case .array(let values) = self { values } else { [] }
    }

    /// Whether it is null.
    public var isNull: Bool { self == .null }
}
