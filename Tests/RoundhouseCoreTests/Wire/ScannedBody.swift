import RoundhouseCore

/// A request body along with what was found in it.
struct ScannedBody {
    let bytes: [UInt8]
    let envelope: RequestEnvelope

    /// - Throws: `EnvelopeError`
    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        envelope = try bytes.withUnsafeBytes { try RequestEnvelope.scan($0) }
    }

    init(_ text: String) throws {
        try self.init(Array(text.utf8))
    }

    subscript(range: Range<Int>?) -> String? {
        range.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// The top-level fields as `key=value` texts.
    var fields: [String] {
        envelope.fields.map { "\(self[$0.key] ?? "")=\(self[$0.value] ?? "")" }
    }

    /// What goes upstream after a patch, and the length that was announced for it.
    func patched(
        model: String? = nil, askForUsage: Bool = false, defaults: [(String, String)] = [], dropping: [String] = []
    ) -> (text: String, announced: Int) {
        bytes.withUnsafeBytes { body in
            let patch = BodyPatch.make(
                envelope: envelope, body: body,
                upstreamModel: model.map(JSONText.escaped) ?? envelope.model.map { Array(bytes[$0]) } ?? [],
                askForUsage: askForUsage,
                defaults: defaults.map { RequestDefault(key: $0.0, json: Array($0.1.utf8)) }, fields: .allBut(dropping))
            var written: [UInt8] = []
            patch.write(body) { written += $0 }
            return (String(decoding: written, as: UTF8.self), patch.length(of: body.count))
        }
    }
}

/// What is wrong with a body; nil if nothing is.
func envelopeError(_ bytes: [UInt8]) -> EnvelopeError? {
    bytes.withUnsafeBytes { body in
        do throws(EnvelopeError) {
            _ = try RequestEnvelope.scan(body)
            return nil
        } catch {
            return error
        }
    }
}

func envelopeError(_ text: String) -> EnvelopeError? {
    envelopeError(Array(text.utf8))
}
