internal import NIOCore
internal import RoundhouseCore

extension ConnectionHandler {
    /// Has a call answered by a task; the connection waits, and takes nothing else meanwhile.
    func answerLater(_ call: AdminCall) {
        guard let asking = current else { return }
        guard let service = loopContext.shared.admin else {
            answerLocally(LocalAnswer(.unknownPath(asking.facts?.path ?? "")))
            return
        }
        let query = URLQuery.parameters(asking.facts?.query ?? "")
        let bound = NIOLoopBound((self, asking), eventLoop: loopContext.loop)
        let loop = loopContext.loop
        Task {
            let answer = await service.answer(call, query: query)
            loop.execute {
                let (handler, asking) = bound.value
                // The client may have left, and another request have come, since.
                guard handler.current === asking else { return }
                handler.answerLocally(LocalAnswer(status: answer.status, body: answer.json))
            }
        }
    }
}

/// The part of a URL behind `?`.
enum URLQuery {
    /// Names and values, decoded (URL Standard, section 5.1).
    static func parameters(_ query: Substring) -> [(name: String, value: String)] {
        query.split(separator: "&").map { part in
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(pair[0]), pair.count > 1 ? decoded(pair[1]) : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        PercentEncoding.decoded(text.replacing("+", with: " "))
    }
}

/// Percent-encoding (RFC 3986, section 2.1).
enum PercentEncoding {
    /// The text with every `%XX` replaced; others stay as they are, and what is not UTF-8 then becomes U+FFFD.
    static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, rest.prefix(2).allSatisfy(\.isHexDigit),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool { (self >= 0x30 && self <= 0x39) || (self | 0x20 >= 0x61 && self | 0x20 <= 0x66) }
}
