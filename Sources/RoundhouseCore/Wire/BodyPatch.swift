/// Which top-level fields of a request an engine gets.
public enum FieldPolicy: Sendable, Equatable {
    /// All but these.
    case allBut([String])
    /// These alone.
    case only([String])

    /// Whether the field with this name goes to it.
    public func passes(_ name: String) -> Bool {
        switch self {
        case .allBut(let names): !names.contains(name)
        case .only(let names): names.contains(name)
        }
    }
}

/// Changes to a request body, as edits of its bytes: everything that is not changed goes upstream as the client wrote it,
/// the order of keys and the spelling of numbers included.
public struct BodyPatch: Sendable {
    struct Edit: Sendable {
        var range: Range<Int>
        var bytes: [UInt8]
    }

    private(set) var edits: [Edit] = []

    /// No change.
    public init() {}

    /// Whether nothing changes.
    public var isEmpty: Bool { edits.isEmpty }

    /// Replaces a range of the original. Edits may be added in any order and must not overlap.
    public mutating func replace(_ range: Range<Int>, with bytes: [UInt8]) {
        // Of two that begin at one place the insertion, whose range is empty, comes first.
        let place =
            edits.firstIndex {
                ($0.range.lowerBound, $0.range.upperBound) > (range.lowerBound, range.upperBound)
            } ?? edits.count
        edits.insert(Edit(range: range, bytes: bytes), at: place)
    }

    /// The length of the changed body, given that of the original.
    public func length(of originalCount: Int) -> Int {
        edits.reduce(originalCount) { $0 - $1.range.count + $1.bytes.count }
    }

    /// Gives the changed body piece by piece, in order.
    public func write(_ original: UnsafeRawBufferPointer, _ emit: (UnsafeRawBufferPointer) -> Void) {
        var position = 0
        for edit in edits {
            if edit.range.lowerBound > position {
                emit(UnsafeRawBufferPointer(rebasing: original[position..<edit.range.lowerBound]))
            }
            if !edit.bytes.isEmpty { edit.bytes.withUnsafeBytes(emit) }
            position = edit.range.upperBound
        }
        if position < original.count { emit(UnsafeRawBufferPointer(rebasing: original[position...])) }
    }

    /// The changes that a request needs before it goes upstream.
    /// - Parameters:
    ///   - upstreamModel: the model's name there, as the content of a JSON string (`JSONText.escaped`).
    ///   - askForUsage: sets `stream_options.include_usage`.
    ///   - asStream: asks for a stream although the client did not.
    ///   - defaults: fields to add where the client did not send them.
    ///   - fields: which of them go upstream.
    public static func make(
        envelope: RequestEnvelope, body: UnsafeRawBufferPointer, upstreamModel: [UInt8], askForUsage: Bool,
        asStream: Bool = false, defaults: [RequestDefault], fields: FieldPolicy
    ) -> BodyPatch {
        var patch = BodyPatch()
        var added: [UInt8] = []
        func add(_ key: String, _ json: [UInt8]) {
            if !added.isEmpty { added.append(UInt8(ascii: ",")) }
            added += JSONText.quoted(key)
            added.append(UInt8(ascii: ":"))
            added += json
        }
        if let model = envelope.model {
            if !UnsafeRawBufferPointer(rebasing: body[model]).elementsEqual(upstreamModel) {
                patch.replace(model, with: upstreamModel)
            }
        } else {
            add("model", [UInt8(ascii: "\"")] + upstreamModel + [UInt8(ascii: "\"")])
        }
        if asStream {
            if let field = envelope.field("stream", in: body) {
                patch.replace(field.value, with: Array("true".utf8))
            } else {
                add("stream", Array("true".utf8))
            }
        }
        if askForUsage, fields.passes("stream_options") {
            if !patch.askForUsage(envelope, body) { add("stream_options", Array(#"{"include_usage":true}"#.utf8)) }
        }
        for entry in defaults where fields.passes(entry.key) && !(askForUsage && entry.key == "stream_options") {
            if envelope.field(entry.key, in: body) == nil { add(entry.key, entry.json) }
        }
        let kept = patch.drop(fields, envelope, body)
        if !added.isEmpty {
            if kept > 0 { added.append(UInt8(ascii: ",")) }
            patch.replace(envelope.objectStart + 1..<envelope.objectStart + 1, with: added)
        }
        return patch
    }

    /// Asks for usage in the `stream_options` that are there; false if there are none.
    private mutating func askForUsage(_ envelope: RequestEnvelope, _ body: UnsafeRawBufferPointer) -> Bool {
        guard let options = envelope.streamOptions else { return false }
        if let value = envelope.includeUsageValue {
            if envelope.includeUsage != true { replace(value, with: Array("true".utf8)) }
        } else if options.kind == .object {
            let start = options.value.lowerBound + 1
            let isEmpty = JSONScan(body).members(of: options.value).isEmpty
            replace(start..<start, with: Array((#""include_usage":true"# + (isEmpty ? "" : ",")).utf8))
        } else {
            replace(options.value, with: Array(#"{"include_usage":true}"#.utf8))
        }
        return true
    }

    /// Leaves fields out, each with one comma; returns how many fields stay.
    private mutating func drop(
        _ policy: FieldPolicy, _ envelope: RequestEnvelope, _ body: UnsafeRawBufferPointer
    ) -> Int {
        guard policy != .allBut([]) else { return envelope.fields.count }
        let fields = envelope.fields
        let isDropped = fields.map { field in
            !policy.passes(String(decoding: body[field.key], as: UTF8.self))
        }
        guard let lastKept = isDropped.lastIndex(of: false) else {
            if let first = fields.first, let last = fields.last {
                replace(first.key.lowerBound - 1..<last.value.upperBound, with: [])
            }
            return 0
        }
        for index in fields.indices where isDropped[index] && index < lastKept {
            replace(fields[index].key.lowerBound - 1..<fields[index + 1].key.lowerBound - 1, with: [])
        }
        if lastKept + 1 < fields.count {
            replace(fields[lastKept].value.upperBound..<fields[fields.count - 1].value.upperBound, with: [])
        }
        return isDropped.count { !$0 }
    }
}
