import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseStore

/// What opening the files makes of a head file that does not say what the database says.
@Suite struct ChainAnchorTests {
    private func head(_ folder: TemporaryFolder) throws -> ChainHead {
        try EscalationAudit.exportHead(headFile: folder.ledger.headFile)
    }

    private func evidence(_ folder: TemporaryFolder) throws -> [String] {
        try HeadFile(path: folder.ledger.headFile).setAsideFiles()
    }

    @Test func aNewLedgerBeginsWithAHead() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            #expect(try head(folder) == ChainHead(seq: 0, hash: .none, at: test.clock.seconds))
            #expect(test.ledger.status.head?.seq == 0)
            #expect(test.ledger.status.chainProblems.isEmpty)
        }
    }

    @Test func theHeadFollowsEachWriteThatEscalates() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            test.write([.escalation("a"), .escalation("b")])
            #expect(try head(folder).seq == 2)
            test.write([.sample()])
            #expect(try head(folder).seq == 2)
            test.write([.escalation("c")])
            #expect(try head(folder).seq == 3)
            #expect(test.ledger.status.head == (try head(folder)))
        }
    }

    @Test func aHeadThatACrashLeftBehindIsBroughtUp() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(3)
            let old = try head(folder)
            try folder.makeEscalations(2)
            try HeadFile(path: folder.ledger.headFile).write(old)
            #expect(try EscalationAudit.verify(folder).unanchored == 2)
            #expect(try folder.problems() == [])
            let test = try TestLedger(folder)
            #expect(try head(folder).seq == 5)
            #expect(test.log.notices.count == 1)
            #expect(test.log.errors.isEmpty)
            #expect(try evidence(folder).isEmpty)
            #expect(try folder.problems() == [])
        }
    }

    @Test func unsoundRowsBehindTheHeadAreNotAnchoredSilently() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(3)
            let old = try head(folder)
            try folder.makeEscalations(2)
            try HeadFile(path: folder.ledger.headFile).write(old)
            try folder.forge("UPDATE escalations SET cost = 0 WHERE seq = 5")
            try expectBroken(folder, old: old, why: "Escalation 5 was changed")
        }
    }

    @Test func aDatabaseThatIsBehindIsSaidAndShownForEver() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(5)
            let old = try head(folder)
            try folder.forge("DELETE FROM escalations WHERE seq > 3")
            try expectBroken(folder, old: old, why: "Escalations 4 to 5 are missing.")
            // Going on appending, and starting again, does not make it forgotten.
            try folder.makeEscalations(4)
            #expect(try evidence(folder).count == 1)
            #expect(try head(folder).seq == 8)
            #expect(try folder.problems().count == 1)
        }
    }

    @Test func aDatabaseThatDisagreesIsSaid() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(3)
            let old = try head(folder)
            try folder.rehash(from: 2, through: 3)
            try expectBroken(folder, old: old, why: "Escalation 3 is not the one that the head file vouches for.")
        }
    }

    @Test func aHeadFileThatIsGoneIsSaid() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(3)
            try FileManager.default.removeItem(atPath: folder.ledger.headFile)
            try expectBroken(folder, old: nil, why: "3 escalations are in the database.")
        }
    }

    @Test func aDamagedHeadFileIsSaid() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(3)
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: folder.ledger.headFile))
            try expectBroken(folder, old: nil, why: "The head file is damaged.")
        }
    }

    @Test func aDatabaseThatWasBegunAnewIsSaid() async throws {
        try await withTemporaryFolder { folder in
            try folder.makeEscalations(3)
            let old = try head(folder)
            try FileManager.default.removeItem(atPath: folder.ledger.database)
            try expectBroken(folder, old: old, why: "Escalations 1 to 3 are missing.")
        }
    }

    @Test func twoBrokenHeadsInOneSecondAreBothKept() async throws {
        try await withTemporaryFolder { folder in
            for _ in 0..<3 {
                try folder.makeEscalations(1)
                try Data("nonsense".utf8).write(to: URL(fileURLWithPath: folder.ledger.headFile))
            }
            #expect(try evidence(folder).count == 2)
        }
    }

    @Test func aHeadFileThatCannotBeWrittenIsSaidAndTriedAgain() async throws {
        try await withTemporaryFolder { folder in
            let test = try TestLedger(folder)
            let blocked = folder.ledger.headFile + ".new"
            try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: false)
            test.write([.escalation("a")])
            test.write([.escalation("b")])
            #expect(test.ledger.status.written == 2)
            #expect(test.ledger.status.failure == nil)
            #expect(test.ledger.status.headFailure != nil)
            #expect(test.ledger.status.head?.seq == 0)
            #expect(test.log.errors.count == 1)
            try FileManager.default.removeItem(atPath: blocked)
            test.ledger.flush()
            #expect(test.ledger.status.headFailure == nil)
            #expect(try head(folder).seq == 2)
        }
    }

    private func expectBroken(_ folder: TemporaryFolder, old: ChainHead?, why: String) throws {
        let test = try TestLedger(folder)
        let files = try evidence(folder)
        #expect(files.count == 1)
        let kept = try String(contentsOfFile: try #require(files.first), encoding: .utf8)
        if let old { #expect(ChainHead(kept) == old) }
        #expect(test.log.errors.count == 1)
        #expect(test.log.errors.first?.contains(why) == true)
        #expect(test.ledger.status.chainProblems == test.log.errors)
        // It goes on appending to what there is.
        let before = test.ledger.status.head?.seq ?? -1
        test.write([.escalation("next")])
        #expect(try head(folder).seq == before + 1)
        test.ledger.close()
        let report = try EscalationAudit.verify(folder)
        #expect(report.problems.contains { $0.description.contains(files[0]) })
    }
}

@Suite struct ChainHeadTests {
    @Test func itsTextIsReadBack() throws {
        let head = ChainHead(seq: 12, hash: ChainHash(of: [1]), at: midnight)
        #expect(head.description.hasPrefix(#"{"format":"roundhouse-escalations-1","seq":12,"hash":"4bf5122f"#))
        #expect(head.description.hasSuffix(#""time":"2026-11-24T00:00:00Z"}"#))
        #expect(ChainHead(head.description) == head)
        #expect(ChainHead(" \(head)\n") == head)
    }

    @Test(arguments: [
        "", "{}", "null", "[]", "nonsense", #"{"format":"roundhouse-escalations-1","seq":1,"hash":"00","time":""}"#,
        #"{"format":"other","seq":0,"hash":"0000000000000000000000000000000000000000000000000000000000000000","time":""}"#,
        #"{"format":"roundhouse-escalations-1","seq":-1,"hash":"0000000000000000000000000000000000000000000000000000000000000000","time":""}"#,
    ])
    func nothingElseIs(_ text: String) { #expect(ChainHead(text) == nil) }
}
