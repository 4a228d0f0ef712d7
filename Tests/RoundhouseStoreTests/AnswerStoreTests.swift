import Foundation
import Logging
import RoundhouseCore
import Synchronization
import Testing

@testable import RoundhouseStore

@Suite struct AnswerStoreTests {
    /// A clock that a test turns.
    private final class Clock: Sendable {
        private let seconds = Mutex<Int64>(1_800_000_000)
        var now: Int64 { seconds.withLock { $0 } }
        func advance(days: Int64) { seconds.withLock { $0 += days * 86_400 } }
    }

    private func answer(_ id: String, owner: String = "team:a", at created: Int64 = 1_800_000_000) -> StoredAnswer {
        StoredAnswer(
            id: id, owner: owner, createdAt: created, input: Array("[1]".utf8), answer: Array(#"{"id":"\#(id)"}"#.utf8))
    }

    private func open(_ folder: TemporaryFolder, _ clock: Clock, days: Int = 30) throws -> AnswerStore {
        var settings = ResponseSettings()
        settings.retentionDays = days
        return try AnswerStore(
            dataDirectory: folder.path, settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { clock.now })
    }

    private func find(_ store: AnswerStore, _ id: String, owner: String = "team:a") async throws -> StoredAnswer? {
        try await withCheckedThrowingContinuation { done in store.find(id, owner: owner) { done.resume(with: $0) } }
    }

    private func remove(_ store: AnswerStore, _ id: String, owner: String = "team:a") async throws -> Bool {
        try await withCheckedThrowingContinuation { done in store.remove(id, owner: owner) { done.resume(with: $0) } }
    }

    @Test func whatIsKeptIsFoundByItsOwnerAlone() async throws {
        try await withTemporaryFolder { folder in
            let clock = Clock()
            let store = try open(folder, clock)
            store.keep(answer("r1"))
            store.keep(answer("r2", owner: ""))
            #expect(try await find(store, "r1") == answer("r1"))
            #expect(try await find(store, "r1", owner: "team:b") == nil)
            #expect(try await find(store, "r1", owner: "") == nil)
            #expect(try await find(store, "r2", owner: "") == answer("r2", owner: ""))
            #expect(try await remove(store, "r1", owner: "team:b") == false)
            #expect(try await remove(store, "r1") == true)
            #expect(try await remove(store, "r1") == false)
            #expect(try await find(store, "r1") == nil)
            store.close()
            // Nobody else on the machine reads what people asked.
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/responses.sqlite")[
                .posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }

    @Test func itOutlivesARestart() async throws {
        try await withTemporaryFolder { folder in
            let clock = Clock()
            let first = try open(folder, clock)
            first.keep(answer("r1"))
            first.close()
            let second = try open(folder, clock)
            #expect(try await find(second, "r1") == answer("r1"))
            second.close()
        }
    }

    @Test func whatIsTooOldIsGone() async throws {
        try await withTemporaryFolder { folder in
            let clock = Clock()
            let store = try open(folder, clock, days: 7)
            store.keep(answer("old"))
            clock.advance(days: 5)
            store.keep(answer("new", at: clock.now))
            #expect(try await find(store, "old") != nil)
            clock.advance(days: 3)
            #expect(try await find(store, "old") == nil)
            store.keep(answer("newest", at: clock.now))
            #expect(try await find(store, "new") != nil)
            store.close()
            // Deleted, and not only hidden.
            let later = try open(folder, Clock(), days: 36_500)
            #expect(try await find(later, "old") == nil)
            #expect(try await find(later, "newest") != nil)
            later.close()
        }
    }

    @Test func aFileThatIsNoDatabaseIsSaid() async throws {
        try await withTemporaryFolder { folder in
            try Data(repeating: 7, count: 5000).write(to: URL(fileURLWithPath: folder.path + "/responses.sqlite"))
            let error = #expect(throws: LedgerError.self) { try open(folder, Clock()) }
            #expect("\(try #require(error))".contains("responses.sqlite is damaged"))
        }
    }
}
