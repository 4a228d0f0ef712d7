internal import FoundationEssentials

extension BodyPatch {
    /// The changes that a form needs before it goes upstream: those that `make(envelope:...)` makes to a JSON object, and
    /// whatever stands outside of its boundaries is taken off.
    /// - Parameters:
    ///   - count: bytes of the body.
    ///   - upstreamModel: the model's name there.
    ///   - defaults: fields to add where the client did not send them; objects and lists have no form here and are left out.
    ///   - dropping: fields to leave out.
    public static func make(
        form: MultipartForm, count: Int, boundary: MultipartBoundary, upstreamModel: [UInt8],
        defaults: [RequestDefault], dropping: [String]
    ) -> BodyPatch {
        var patch = BodyPatch()
        for part in form.parts {
            if part.name == MultipartField.model.rawValue {
                if form.model != upstreamModel { patch.replace(part.value, with: upstreamModel) }
            } else if dropping.contains(part.name) {
                patch.replace(part.whole, with: [])
            }
        }
        let start = form.extent.lowerBound
        let names = Set(form.parts.map(\.name)).union(dropping)
        let added = defaults.filter { !names.contains($0.key) }.flatMap { part(for: $0, boundary) }
        if start > 0 { patch.replace(0..<start, with: []) }
        if !added.isEmpty { patch.replace(start..<start, with: added) }
        // Two bytes are the CRLF that most clients send behind the last boundary.
        if count > form.extent.upperBound + 2 {
            patch.replace(form.extent.upperBound..<count, with: Array("\r\n".utf8))
        }
        return patch
    }

    /// A part for a default, its boundary in front.
    private static func part(for entry: RequestDefault, _ boundary: MultipartBoundary) -> [UInt8] {
        guard let value = formValue(entry.json) else { return [] }
        let dashes = Array("--".utf8) + boundary.bytes
        let text =
            Array("\r\nContent-Disposition: form-data; name=\"".utf8) + entry.key.utf8.flatMap(nameBytes)
            + Array("\"\r\n\r\n\(value)\r\n".utf8)
        // A client that chooses its boundary so that it occurs in a default gets its request without that default.
        return text.firstRange(of: dashes) == nil ? dashes + text : []
    }

    /// A byte of a name as browsers write it (HTML, section 4.10.21.8).
    private static func nameBytes(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "\""): Array("%22".utf8)
        case 0x0d: Array("%0D".utf8)
        case 0x0a: Array("%0A".utf8)
        default: [byte]
        }
    }

    /// A JSON string's content, or a number, `true` or `false` as written.
    private static func formValue(_ json: [UInt8]) -> String? {
        switch json.first {
        // The configuration's reader has written it: it is a string.
        case UInt8(ascii: "\""): return try? JSONDecoder().decode(String.self, from: Data(json))
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "n"), nil: return nil
        default: return String(decoding: json, as: UTF8.self)
        }
    }
}
