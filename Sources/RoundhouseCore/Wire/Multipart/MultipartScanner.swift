#if canImport(Glibc)
private import Glibc
#endif

/// Finds the parts of a multipart/form-data body (RFC 7578, RFC 2046 section 5.1) in bytes that arrive in any pieces.
///
/// Pure and incremental. It keeps the headers of the part that it is in and the values of the few parts that decide
/// something; files go by without a copy. Stricter than the RFC where readers differ: a boundary must be followed by CRLF
/// or `--` at once, so that no other reader sees a part where this one saw none.
public struct MultipartScanner: Sendable {
    private enum State: Sendable {
        /// Before the first boundary.
        case preamble
        /// Behind a boundary, with the first of the two bytes that follow it.
        case boundaryEnd(UInt8?)
        case headers
        case value
        /// Behind the last boundary.
        case epilogue
    }

    private let boundary: MultipartBoundary
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// How many of the last bytes are the beginning of a delimiter. The body's start is the start of a line.
    private var matched = 2
    private var offset = 0
    private var start = 0
    private var headers: [UInt8] = []
    private var part = MultipartForm.Part(name: "", whole: 0..<0, value: 0..<0, isFile: false)
    private var field: MultipartField?
    private var kept: [UInt8] = []
    private var form = MultipartForm()

    /// At the beginning of a body.
    public init(_ boundary: MultipartBoundary) {
        self.boundary = boundary
        delimiter = Array("\r\n--".utf8) + boundary.bytes
    }

    /// Takes the next piece.
    /// - Throws: what is wrong with the form; then nothing more may be scanned.
    public mutating func scan(_ piece: UnsafeRawBufferPointer) throws(MultipartError) {
        var index = 0
        while index < piece.count {
            switch state {
            case .preamble:
                if findDelimiter(piece, &index) {
                    start = offset + index - delimiter.count + 2
                    state = .boundaryEnd(nil)
                }
            case .value:
                if findDelimiter(piece, &index) {
                    try endPart(at: offset + index - delimiter.count)
                    state = .boundaryEnd(nil)
                }
            case .boundaryEnd(let first):
                try takeBoundaryEnd(first, piece[index], at: offset + index + 1)
                index += 1
            case .headers:
                try takeHeader(piece[index], at: offset + index + 1)
                index += 1
            case .epilogue: index = piece.count
            }
        }
        offset += piece.count
    }

    /// The body is complete.
    /// - Throws: what is missing.
    public func finish() throws(MultipartError) -> MultipartForm {
        let name = part.name.quotedForMessage
        switch state {
        case .preamble:
            let text = String(decoding: boundary.bytes, as: UTF8.self)
            throw MultipartError(
                offset == 0
                    ? "The request has no body."
                    : "The boundary \(text.quotedForMessage) of the Content-Type does not occur in the body.")
        case .headers:
            throw MultipartError("The body ends inside the headers of part \(form.parts.count + 1) of the form.")
        case .value:
            throw MultipartError(
                "The body ends inside the part \(name); the closing boundary is missing.", parameter: part.name)
        case .boundaryEnd: throw MultipartError("The body ends at a boundary; the closing one must be followed by --.")
        case .epilogue: return form
        }
    }

    /// Moves over bytes up to behind the next delimiter; false if it does not end in this piece. A delimiter holds one CR,
    /// its first byte, so that what does not go on as one can only begin anew at a CR.
    private mutating func findDelimiter(_ piece: UnsafeRawBufferPointer, _ index: inout Int) -> Bool {
        guard let base = piece.baseAddress else { return false }
        while index < piece.count {
            if matched == 0 {
                let hit = memchr(base + index, 0x0d, piece.count - index)
                let place = hit.map { UnsafeRawPointer($0) - base } ?? piece.count
                keep(piece[index..<place])
                index = place
                guard hit != nil else { return false }
            }
            while matched < delimiter.count, index < piece.count, piece[index] == delimiter[matched] {
                matched += 1
                index += 1
            }
            if matched == delimiter.count {
                matched = 0
                return true
            }
            if index == piece.count { return false }
            keep(delimiter[..<matched])
            matched = 0
        }
        return false
    }

    /// Keeps bytes of a value that decides something; one more than allowed is enough to know that there are too many.
    private mutating func keep(_ bytes: some Sequence<UInt8>) {
        guard field != nil else { return }
        kept += bytes.prefix(MultipartForm.valueLimit + 1 - kept.count)
    }

    private mutating func takeBoundaryEnd(_ first: UInt8?, _ byte: UInt8, at end: Int) throws(MultipartError) {
        switch (first, byte) {
        case (nil, 0x0d), (nil, UInt8(ascii: "-")): state = .boundaryEnd(byte)
        case (0x0d, 0x0a): try beginPart(at: end)
        case (UInt8(ascii: "-"), UInt8(ascii: "-")):
            form.extent = start..<end
            state = .epilogue
        case (nil, 0x0a):
            throw MultipartError("A boundary in the body is followed by LF without CR; lines of a form end in CRLF.")
        default:
            throw MultipartError("A boundary in the body is followed by something other than CRLF or --.")
        }
    }

    private mutating func beginPart(at end: Int) throws(MultipartError) {
        guard form.parts.count < MultipartForm.partLimit else {
            throw MultipartError("The form has more than \(MultipartForm.partLimit) parts.")
        }
        part.whole = end - delimiter.count..<end
        headers.removeAll(keepingCapacity: true)
        state = .headers
    }

    private mutating func takeHeader(_ byte: UInt8, at end: Int) throws(MultipartError) {
        let number = form.parts.count + 1
        guard headers.count < MultipartForm.headerLimit else {
            throw MultipartError(
                "The headers of part \(number) of the form are longer than \(MultipartForm.headerLimit) bytes.")
        }
        if (byte == 0x0a) != (headers.last == 0x0d) {
            throw MultipartError("The headers of part \(number) of the form must be lines that end in CRLF.")
        }
        headers.append(byte)
        guard byte == 0x0a, headers.count == 2 || headers.suffix(4).elementsEqual("\r\n\r\n".utf8) else { return }
        let read = try PartHeaders(Array(headers.dropLast(2)), number: number)
        part.name = read.name
        part.isFile = read.isFile
        part.value = end..<end
        field = MultipartField(rawValue: read.name)
        kept.removeAll(keepingCapacity: true)
        state = .value
    }

    private mutating func endPart(at end: Int) throws(MultipartError) {
        part.value = part.value.lowerBound..<end
        part.whole = part.whole.lowerBound..<end + 2
        if part.isFile, part.value.isEmpty {
            throw MultipartError("The file in the part \(part.name.quotedForMessage) is empty.", parameter: part.name)
        }
        if let field {
            guard kept.count <= MultipartForm.valueLimit else {
                throw MultipartError(
                    "The part \(part.name.quotedForMessage) is too long; it may have \(MultipartForm.valueLimit) bytes.",
                    parameter: part.name)
            }
            try form.note(field, kept)
        }
        form.parts.append(part)
        field = nil
    }
}
