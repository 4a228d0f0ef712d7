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
        // As browsers write names (HTML, section 4.10.21.8).
        let name = entry.key.replacing("\"", with: "%22").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
        let text = "\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        // A client that chooses its boundary so that it occurs in a default gets its request without that default.
        guard text.firstRange(of: "--" + String(decoding: boundary.bytes, as: UTF8.self)) == nil else { return [] }
        return Array("--".utf8) + boundary.bytes + Array(text.utf8)
    }

    /// A JSON string's content, or a number, `true` or `false` as written.
    private static func formValue(_ json: [UInt8]) -> String? {
        switch json.first {
        case UInt8(ascii: "\""): return try? JSONDecoder().decode(String.self, from: Data(json))
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "n"), nil: return nil
        default: return String(decoding: json, as: UTF8.self)
        }
    }
}
