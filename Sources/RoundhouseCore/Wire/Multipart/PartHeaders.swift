/// The headers of one part (RFC 7578, section 4), taken apart. Strict: a name that two readers understand differently would
/// let a client ask the engine for another model than the gateway has let it use.
struct PartHeaders {
    private(set) var name = ""
    private(set) var isFile = false

    /// Reads the lines between a boundary and the empty line, each of which ends in CRLF. `number` is that of the part, from 1, for messages.
    init(_ lines: [UInt8], number: Int) throws(MultipartError) {
        var disposition: HeaderParameters?
        var isEncoded = false
        for line in try Self.split(lines, number) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
                line[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7f })
            else {
                throw MultipartError("Part \(number) of the form has a header line that is none: \(Self.shown(line)).")
            }
            let value = Array(line[(colon + 1)...])
            switch String(decoding: HeaderParameters.lowercased(Array(line[..<colon])), as: UTF8.self) {
            case "content-disposition":
                guard disposition == nil else {
                    throw MultipartError("Part \(number) of the form has more than one Content-Disposition.")
                }
                guard let header = HeaderParameters(value), header.word.elementsEqual("form-data".utf8) else {
                    throw MultipartError(
                        "Part \(number) of the form has a Content-Disposition that cannot be read: \(Self.shown(line)). It "
                            + "must be form-data; name=\"...\".")
                }
                disposition = header
            case "content-transfer-encoding":
                let encoding = HeaderParameters(value)?.word ?? []
                isEncoded = !["7bit", "8bit", "binary"].contains { encoding.elementsEqual($0.utf8) }
            default: break
            }
        }
        guard let disposition else {
            throw MultipartError("Part \(number) of the form has no Content-Disposition, and so no name.")
        }
        try read(disposition, number)
        if isEncoded, MultipartField(rawValue: name) != nil {
            throw MultipartError(
                "The part \(name.quotedForMessage) has a Content-Transfer-Encoding; send it as it is.", parameter: name)
        }
    }

    private mutating func read(_ disposition: HeaderParameters, _ number: Int) throws(MultipartError) {
        let names = disposition.values("name")
        guard names.count == 1, let found = names.first, !found.isEmpty, disposition.values("name*").isEmpty else {
            throw MultipartError(
                "Part \(number) of the form must have one name in its Content-Disposition: name=\"...\".")
        }
        guard !found.contains(UInt8(ascii: "\\")) else {
            throw MultipartError("The name of part \(number) of the form is written with escapes; write it plainly.")
        }
        name = String(decoding: found, as: UTF8.self)
        isFile = !(disposition.values("filename") + disposition.values("filename*")).isEmpty
        if isFile, MultipartField(rawValue: name) != nil {
            throw MultipartError(
                "The part \(name.quotedForMessage) is sent as a file; send it as a plain field, without a file name.",
                parameter: name)
        }
    }

    /// The lines without their CRLF.
    private static func split(_ bytes: [UInt8], _ number: Int) throws(MultipartError) -> [ArraySlice<UInt8>] {
        let lines = bytes.split(separator: 0x0a).map { $0.dropLast() }
        guard lines.allSatisfy({ $0.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 } }) else {
            throw MultipartError("The headers of part \(number) of the form hold a control character.")
        }
        return lines
    }

    private static func shown(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line, as: UTF8.self).quotedForMessage
    }
}
