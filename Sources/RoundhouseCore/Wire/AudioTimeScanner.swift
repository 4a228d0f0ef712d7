/// Finds how much audio an answer is about, in pieces of its bytes as they come from the upstream: `seconds` of a `usage`
/// of OpenAI's type `duration`, or else `duration` of a `verbose_json`.
///
/// For JSON and for events of JSON. It follows strings and nesting, so that neither a transcript's text nor the durations of
/// its segments are taken for it; the JSON need not be valid.
public struct AudioTimeScanner: Sendable {
    private enum Field: Sendable { case duration, usage, seconds }

    private var framing: BodyFraming
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// The last string, or what stands behind a colon.
    private var text: [UInt8] = []
    /// What the value that comes next is.
    private var field: Field?
    /// How deep the fields of `usage` are; 0 outside of it.
    private var usageDepth = 0
    private var duration: Double?
    private var billed: Double?

    /// The longest text that is kept: no key or number of interest has more bytes.
    private static let textLimit = 32
    /// Nobody sends a century.
    private static let secondsLimit = 3e9

    /// At the beginning of a body.
    public init(_ kind: BodyFraming.Kind) {
        framing = BodyFraming(kind)
    }

    /// What was found, in milliseconds; what is billed before what was heard.
    public var milliseconds: Int? {
        guard let seconds = billed ?? duration, seconds >= 0, seconds < Self.secondsLimit else { return nil }
        return Int((seconds * 1000).rounded())
    }

    /// Takes the next piece, framing included.
    public mutating func scan(_ piece: UnsafeRawBufferPointer) {
        var offset = 0
        while true {
            switch framing.step(piece, from: offset) {
            case .payload(let range):
                for byte in piece[range] { take(byte) }
                offset = range.upperBound
            case .chunkEnd(let end): offset = end
            case .end, .needMore, .malformed: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) {
        if isInString {
            if isEscaped {
                isEscaped = false
                keep(byte)
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            } else {
                keep(byte)
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            text.removeAll(keepingCapacity: true)
        case UInt8(ascii: ":"):
            field = named()
            text.removeAll(keepingCapacity: true)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            if field == .usage { usageDepth = depth }
            field = nil
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            note()
            if depth == usageDepth { usageDepth = 0 }
            depth = max(0, depth - 1)
        case UInt8(ascii: ","): note()
        default:
            if field != nil, byte > 0x20 { keep(byte) }
        }
    }

    private mutating func keep(_ byte: UInt8) {
        if text.count <= Self.textLimit { text.append(byte) }
    }

    /// The field whose name the last string is.
    private func named() -> Field? {
        text.withUnsafeBytes { name in
            if depth == 1, name.equals("duration") { return .duration }
            if depth == 1, name.equals("usage") { return .usage }
            if depth == usageDepth, name.equals("seconds") { return .seconds }
            return nil
        }
    }

    private mutating func note() {
        if let field, let value = Double(String(decoding: text, as: UTF8.self)) {
            switch field {
            case .duration: duration = value
            case .seconds: billed = value
            case .usage: break
            }
        }
        field = nil
    }
}
