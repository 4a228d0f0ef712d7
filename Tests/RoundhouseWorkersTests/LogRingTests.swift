import Foundation
import Testing

@testable import RoundhouseWorkers

@Suite struct LogRingTests {
    @Test func linesArriveInPieces() {
        let ring = LogRing(path: nil)
        for piece in ["fi", "rst\nsec", "ond\r\n", "\nthi"] { ring.append(Array(piece.utf8)) }
        #expect(ring.last(10) == ["first", "second", "", "thi"])
        #expect(ring.last(2) == ["", "thi"])
        ring.append(Array("rd\n".utf8))
        #expect(ring.last(1) == ["third"])
    }

    @Test func characterCutInTwoIsOne() {
        let ring = LogRing(path: nil)
        for byte in "größer 🚂\n".utf8 { ring.append([byte]) }
        #expect(ring.last(1) == ["größer 🚂"])
        ring.append([0xff, 0x41, 0x0a])
        #expect(ring.last(1) == ["\u{FFFD}A"])
    }

    @Test func memoryIsBounded() {
        let ring = LogRing(path: nil)
        for number in 0..<3000 { ring.append(Array("line \(number)\n".utf8)) }
        #expect(ring.last(3000) == (2000..<3000).map { "line \($0)" })
        ring.append([UInt8](repeating: 0x61, count: 1 << 20))
        #expect(ring.last(1)[0].utf8.count == 2000)
    }

    @Test func newRunBeginsWithoutTheLinesOfTheLast() throws {
        try withTemporaryFolder { folder in
            let ring = LogRing(path: folder.path + "/a.log")
            ring.append(Array("old\nhalf".utf8))
            ring.beginRun()
            #expect(ring.last(5).isEmpty)
            ring.append(Array("new\n".utf8))
            #expect(ring.last(5) == ["new"])
            #expect(contents(folder.path + "/a.log") == "old\nhalfnew\n")
        }
    }

    @Test func fileIsContinuedAndPrivate() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/a.log"
            LogRing(path: path).append(Array("one\n".utf8))
            LogRing(path: path).append(Array("two\n".utf8))
            #expect(contents(path) == "one\ntwo\n")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func fullFileIsMovedAsideOnce() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/a.log"
            let ring = LogRing(path: path)
            for letter in "abcde" {
                ring.append([UInt8](repeating: letter.asciiValue ?? 0, count: 4 << 20) + [0x0a])
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(files.sorted() == ["a.log", "a.log.1"])
            #expect(contents(path)?.hasPrefix("e") == true && contents(path + ".1")?.hasPrefix("d") == true)
        }
    }

    @Test func fileThatCannotBeWrittenStopsNothing() {
        let ring = LogRing(path: "/nowhere/at/all.log")
        ring.append(Array("still here\n".utf8))
        #expect(ring.last(1) == ["still here"])
        let full = LogRing(path: "/dev/full")
        full.append(Array("still here\n".utf8))
        full.append(Array("and here\n".utf8))
        #expect(full.last(2) == ["still here", "and here"])
    }
}

@Suite struct ExitCauseTests {
    @Test(arguments: [
        (Int32(11), "was killed by signal 11 (SIGSEGV)"), (6, "was killed by signal 6 (SIGABRT)"),
        (9, "was killed by signal 9 (SIGKILL); the kernel does that when memory runs out"),
        (64, "was killed by signal 64"),
    ])
    func signalsAreNamed(signal: Int32, text: String) {
        #expect(ExitCause.killed(signal: signal) == text)
    }

    @Test func outputIsForThoseWhoMaySeeIt() {
        let cause = ExitCause("exited with code 1", output: (1...9).map { "line \($0)" })
        #expect(cause.explanation(withOutput: false) == "exited with code 1.")
        let long = cause.explanation(withOutput: true)
        #expect(long.hasPrefix("exited with code 1. Its last lines: line 2 | ") && long.hasSuffix("| line 9"))
        #expect(ExitCause("exited with code 1").explanation(withOutput: true) == "exited with code 1.")
    }
}
