import RoundhouseCore

/// A form as the scanner takes it apart, fed in pieces.
struct ScannedForm: Equatable {
    var form: MultipartForm?
    var complaint: MultipartError?
    private let bytes: [UInt8]

    init(_ pieces: [[UInt8]], boundary: String = "B") {
        bytes = pieces.flatMap { $0 }
        do {
            var scanner = MultipartScanner(
                try MultipartBoundary(contentType: "multipart/form-data; boundary=\"\(boundary)\""))
            for piece in pieces { try piece.withUnsafeBufferPointer { try scanner.scan(UnsafeRawBufferPointer($0)) } }
            form = try scanner.finish()
        } catch {
            complaint = error as? MultipartError
        }
    }

    init(_ text: String, boundary: String = "B") { self.init([Array(text.utf8)], boundary: boundary) }

    /// Names and values of the parts.
    var values: [String] {
        (form?.parts ?? []).map { $0.name + "=" + String(decoding: bytes[$0.value], as: UTF8.self) }
    }

    /// The parts whole, as text.
    var wholes: [String] { (form?.parts ?? []).map { String(decoding: bytes[$0.whole], as: UTF8.self) } }
}

/// Forms as text. The boundary is `B`.
enum Form {
    static func part(_ name: String, _ value: String, file: String? = nil, headers: String = "") -> String {
        let file = file.map { "; filename=\"\($0)\"" } ?? ""
        return "--B\r\nContent-Disposition: form-data; name=\"\(name)\"\(file)\r\n\(headers)\r\n\(value)\r\n"
    }

    static let model = part("model", "whisper")
    static let file = part("file", "RIFF\r\n\u{0}--B", file: "a.wav", headers: "Content-Type: audio/wav\r\n")
    static let end = "--B--\r\n"
}
