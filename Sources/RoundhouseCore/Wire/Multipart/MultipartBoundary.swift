/// The boundary of a multipart/form-data body, as its Content-Type names it (RFC 7578, section 4.1).
public struct MultipartBoundary: Sendable, Equatable {
    /// The boundary, without the dashes in front of it.
    public let bytes: [UInt8]

    /// The longest one (RFC 2046, section 5.1.1).
    static let longest = 70

    /// Reads a Content-Type.
    /// - Throws: what is wrong with it.
    public init(contentType: String) throws(MultipartError) {
        guard let header = HeaderParameters(Array(contentType.utf8)),
            header.word.elementsEqual("multipart/form-data".utf8)
        else { throw MultipartError("The Content-Type \(contentType.quotedForMessage) cannot be read.") }
        let found = header.values("boundary")
        guard let bytes = found.first, !bytes.isEmpty else {
            throw MultipartError(
                "The Content-Type is multipart/form-data without a boundary. HTTP libraries add it when they are left to set "
                    + "the Content-Type themselves.")
        }
        guard found.count == 1 else { throw MultipartError("The Content-Type names more than one boundary.") }
        guard bytes.count <= Self.longest else {
            throw MultipartError(
                "The boundary in the Content-Type has \(bytes.count) characters; at most \(Self.longest) are allowed.")
        }
        guard bytes.allSatisfy(Self.isAllowed), bytes.last != 0x20 else {
            throw MultipartError(
                "The boundary in the Content-Type holds a character that it must not (RFC 2046, section 5.1.1). Letters, "
                    + "digits and dashes are safe.")
        }
        self.bytes = bytes
    }

    /// Whether a Content-Type is one of a form with parts.
    public static func isForm(_ contentType: String) -> Bool {
        let type = HeaderParameters(Array(contentType.utf8.prefix { $0 != UInt8(ascii: ";") }))
        return type?.word.elementsEqual("multipart/form-data".utf8) == true
    }

    /// The Content-Type to send on. Written anew, so that whoever reads it next finds the boundary that was read here, and
    /// no other in a spelling that readers disagree about.
    public var contentType: String {
        let text = String(decoding: bytes, as: UTF8.self)
        let isToken = bytes.allSatisfy { Self.isAlphanumeric($0) || "'+_-.".utf8.contains($0) }
        return "multipart/form-data; boundary=" + (isToken ? text : "\"\(text)\"")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "'()+_,-./:=? ".utf8.contains(byte)
    }
}
