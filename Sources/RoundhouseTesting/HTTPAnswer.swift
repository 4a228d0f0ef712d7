import Foundation

/// An answer taken apart, by a reader that shares no code with the gateway.
public struct HTTPAnswer: Sendable {
    /// The status line.
    public var statusLine = ""
    /// The status.
    public var status = 0
    /// The headers, names in lower case.
    public var headers: [(name: String, value: String)] = []
    /// The body as it came, framing included.
    public var rawBody: [UInt8] = []
    /// The body without its framing.
    public var body: [UInt8] = []
    /// Whether the body came to the end that its framing promises.
    public var isComplete = false

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The values of a header, the name in lower case, joined by commas; nil if there is none.
    public func header(_ name: String) -> String? {
        let found = headers.filter { $0.name == name }.map(\.value)
        return found.isEmpty ? nil : found.joined(separator: ",")
    }

    /// The body as a JSON object.
    public var json: [String: Any] {
        ((try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any]) ?? [:]
    }

    /// `error.code` of the body.
    public var errorCode: String? { (json["error"] as? [String: Any])?["code"] as? String }
    /// `error.message` of the body.
    public var errorMessage: String { (json["error"] as? [String: Any])?["message"] as? String ?? "" }

    /// Reads an answer and says how many bytes it takes; nil if it is not complete and `atEnd` is false.
    static func parse(_ bytes: [UInt8], atEnd: Bool, toHead: Bool) -> (HTTPAnswer, Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var answer = HTTPAnswer()
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        answer.statusLine = lines[0]
        answer.status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            answer.headers.append(
                (parts[0].lowercased(), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""))
        }
        if answer.status == 100 { return (answer, end.upperBound) }
        let rest = bytes[end.upperBound...]
        if toHead || answer.status == 204 {
            answer.isComplete = true
        } else if answer.header("transfer-encoding") == "chunked" {
            answer.isComplete = answer.takeChunks(Array(rest))
        } else if let length = answer.header("content-length").flatMap({ Int($0) }) {
            answer.body = Array(rest.prefix(length))
            answer.rawBody = answer.body
            answer.isComplete = answer.body.count == length
        } else {
            answer.body = Array(rest)
            answer.rawBody = answer.body
            answer.isComplete = atEnd
        }
        guard answer.isComplete || atEnd else { return nil }
        return (answer, end.upperBound + answer.rawBody.count)
    }

    /// Takes chunks off; false if the last one is missing.
    private mutating func takeChunks(_ bytes: [UInt8]) -> Bool {
        var index = 0
        rawBody = bytes
        while let lineEnd = bytes[index...].firstRange(of: [13, 10]) {
            guard let size = Int(String(decoding: bytes[index..<lineEnd.lowerBound], as: UTF8.self), radix: 16) else {
                return false
            }
            let start = lineEnd.upperBound
            guard bytes.count >= start + size + 2 else {
                body += bytes[start..<min(bytes.count, start + size)]
                return false
            }
            body += bytes[start..<start + size]
            index = start + size + 2
            if size == 0 {
                rawBody = Array(bytes[..<index])
                return true
            }
        }
        return false
    }
}
