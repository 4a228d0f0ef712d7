/// What the gateway needs to know of a form: where its parts lie in the body, and what the few say that decide something.
public struct MultipartForm: Sendable, Equatable {
    /// One part.
    public struct Part: Sendable, Equatable {
        /// `name` of its Content-Disposition.
        public var name: String
        /// From the dashes of the boundary in front of it to those of the next boundary.
        public var whole: Range<Int>
        /// The value.
        public var value: Range<Int>
        /// Whether it has a file name.
        public var isFile: Bool
    }

    /// The parts in their order.
    public internal(set) var parts: [Part] = []
    /// The value of `model`; nil if there is none.
    public internal(set) var model: [UInt8]?
    /// Whether `stream` asks for a stream.
    public internal(set) var stream = false
    /// The value of `response_format`; nil if there is none.
    public internal(set) var responseFormat: String?
    /// The value of `n`, how many images are asked for; nil if there is none that is a number.
    public internal(set) var images: Int?
    /// From the first boundary to behind the last one. What lies outside means nothing (RFC 2046, section 5.1.1).
    public internal(set) var extent = 0..<0

    /// The most parts that are accepted.
    public static let partLimit = 64
    /// The longest value of a part that decides something, in bytes.
    public static let valueLimit = 256
    /// The longest headers of a part, in bytes.
    public static let headerLimit = 8192

    /// Takes down the value of a part that decides something.
    mutating func note(_ field: MultipartField, _ value: [UInt8]) throws(MultipartError) {
        switch field {
        case .model:
            guard !value.isEmpty else {
                throw MultipartError("The part \"model\" is empty; GET /v1/models lists the names.", parameter: "model")
            }
            guard model == nil || model == value else {
                let names = [model ?? [], value].map { String(decoding: $0, as: UTF8.self).quotedForMessage }
                throw MultipartError(
                    "The form has two parts \"model\" that differ: \(names.joined(separator: " and ")). Send one.",
                    parameter: "model")
            }
            model = value
        case .stream: stream = Self.means(value)
        case .responseFormat: responseFormat = String(decoding: value, as: UTF8.self)
        case .images: images = value.withUnsafeBytes { Int(decimal: $0) }.flatMap { $0 < 0 ? nil : $0 }
        }
    }

    /// The spellings of true that servers of forms take, Python's `True` among them.
    private static func means(_ value: [UInt8]) -> Bool {
        ["true", "1", "on", "yes"].contains { HeaderParameters.lowercased(value).elementsEqual($0.utf8) }
    }
}

/// The parts whose values are read.
enum MultipartField: String {
    case model, stream
    case responseFormat = "response_format"
    case images = "n"
}
