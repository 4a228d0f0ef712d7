import Testing

@testable import RoundhouseClient

@Suite struct EventReaderTests {
    private func events(_ text: String, limit: Int = 1 << 20) throws -> [ServerEvent] {
        var reader = EventReader(limit: limit)
        return try reader.read(text.utf8)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func everyLineEnd(_ end: String) throws {
        let text = "data: a\(end)\(end)event: error\(end)data: b\(end)\(end)"
        #expect(try events(text) == [ServerEvent(data: "a"), ServerEvent(name: "error", data: "b")])
    }

    @Test func linesOfDataAreJoined() throws {
        #expect(try events("data: a\ndata:b\ndata\n\n") == [ServerEvent(data: "a\nb\n")])
    }

    @Test func onlyOneSpaceIsTakenOff() throws {
        #expect(try events("data:  a \n\n") == [ServerEvent(data: " a ")])
    }

    @Test func commentsAndOtherFieldsAreNoEvents() throws {
        #expect(try events(": still here\n\nid: 7\nretry: 10\n\nunknown\n\n").isEmpty)
    }

    @Test func aNameDoesNotOutliveItsEvent() throws {
        #expect(try events("event: error\n\ndata: a\n\n") == [ServerEvent(data: "a")])
    }

    @Test func aByteOrderMarkIsTakenOff() throws {
        #expect(try events("\u{FEFF}data: a\n\n") == [ServerEvent(data: "a")])
    }

    @Test func whatTheEndCutsOffIsDropped() throws {
        #expect(try events("data: a\n\ndata: b\n") == [ServerEvent(data: "a")])
    }

    @Test func everySplitGivesTheSame() throws {
        let text = Array("data: größer 🚂\r\n\r\nevent: error\rdata: b\r\r: c\n\ndata: [DONE]\n\n".utf8)
        let whole = [
            ServerEvent(data: "größer 🚂"), ServerEvent(name: "error", data: "b"), ServerEvent(data: "[DONE]"),
        ]
        for first in 0...text.count {
            for second in first...text.count {
                var reader = EventReader()
                let pieces = [text[..<first], text[first..<second], text[second...]]
                #expect(try pieces.flatMap { piece in try reader.read(piece) } == whole)
            }
        }
    }

    @Test func anEndlessLineIsRefused() {
        #expect(throws: EventReader.TooLong.self) {
            try events("data: " + String(repeating: "x", count: 100), limit: 50)
        }
    }

    @Test func endlessLinesOfOneEventAreRefused() {
        #expect(throws: EventReader.TooLong.self) { try events(String(repeating: "data: x\n", count: 20), limit: 50) }
    }

    @Test func theLimitIsForOneEvent() throws {
        #expect(try events(String(repeating: "data: x\n\n", count: 20), limit: 50).count == 20)
    }
}
