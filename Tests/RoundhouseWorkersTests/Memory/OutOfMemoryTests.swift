import Foundation
import RoundhouseClient
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

private let mebibyte = 1 << 20

/// Engines that take more than they may.
@Suite struct OutOfMemoryTests {
    private func limited(_ mebibytes: Int, halves: Bool = false) -> (inout Model) -> Void {
        { model in
            if model.name == "m" { model.memory.limit = mebibytes * mebibyte }
            model.memory.halvesContext = halves
        }
    }

    @Test func whoGrowsOverTheLimitIsEndedAndTheOthersLiveOn() async throws {
        let engines = ["m": ["--obey"], "other": []]
        try await supervise(engines, change: limited(100)) { engines in
            let other = try await engines.place("other").get()
            let lease = try await engines.place("m").get()
            async let answer = engines.ask(lease, "grow 400")
            let cause = try #require(await engines.exitCause(of: lease))
            #expect(cause.isOutOfMemory)
            #expect(
                cause.summary.hasPrefix("ran out of memory: it took ")
                    && cause.summary.hasSuffix("memory_limit is 100 MiB"))
            _ = try? await answer  // What it says depends on when it died.
            let answered = try await engines.ask(other).head.status
            #expect(answered == 200)
            engines.pool.release(other)
            // It is there again for whoever comes next.
            let next = try await engines.place("m").get()
            let again = try await engines.ask(next).head.status
            #expect(again == 200)
            engines.pool.release(next)
        }
    }

    @Test func memoryThatWasUsedIsMeasuredAndLearned() async throws {
        try await supervise(["--ballast", "64"]) { engine in
            engine.pool.release(try await engine.place().get())
            try await waitUntil("measured") { try (engine.status().memoryBytes ?? 0) > 64 * mebibyte }
            let bytes = try #require(try engine.status().memoryBytes)
            #expect(bytes < 200 * mebibyte)
            #expect(try engine.pool.unload("m") == 0)
            try await engine.waitFor("stopped")
            #expect(try engine.status().memoryBytes == nil)
            engine.pool.release(try await engine.place().get())
            #expect(try engine.status().sizeSource == "learned")
            let size = try #require(try engine.status().sizeBytes)
            #expect(size > 64 * mebibyte)
        }
    }

    /// It takes 64 MiB whatever its context is, so that halving does not help: after 4096, 2048 and 1024 tokens it is left with 512.
    @Test func theContextIsHalvedAsLongAsThereIsSomethingToHalve() async throws {
        try await supervise(["--ballast", "64", "--slow-start", "3000"], change: limited(32, halves: true)) { engine in
            let (cause, retryAfter) = try await engine.failure()
            #expect(cause.isOutOfMemory && retryAfter >= 1)
            #expect(engine.report().starts.count == 4)
            #expect(try engine.status().reducedContext == 512)
        }
    }

    @Test func withoutARemedyThereIsAPause() async throws {
        try await supervise(["--ballast", "64", "--slow-start", "3000"], change: limited(32)) { engine in
            for _ in 0..<2 {
                let cause = try await engine.failure().cause
                #expect(cause.isOutOfMemory)
            }
            let pause = try await engine.failure().retryAfter
            #expect(pause > 5)
            #expect(engine.report().starts.count == 2)
        }
    }

    @Test(arguments: [
        "ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 8589934592",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
        "terminate called: what(): std::bad_alloc",
        "MemoryError", "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 9.31 GiB",
    ])
    func wordsOfEnginesAreUnderstood(_ line: String) {
        #expect(OutOfMemory.isNamed(in: ["loading", line, "goodbye"]))
        #expect(!OutOfMemory.isNamed(in: ["exited with code 1", "error: unknown argument"]))
    }

    @Test func theKernelsCountCanBeRead() {
        #expect(OutOfMemory.kernelKills != nil)
    }

    /// A signal from outside is not taken for the kernel's.
    @Test func aKillFromOutsideIsToldApart() async throws {
        try await supervise([]) { engine in
            let lease = try await engine.place().get()
            try await waitUntil("measured") { try engine.status().memoryBytes != nil }
            kill(try #require(engine.report().starts.first).pid, SIGKILL)
            let cause = try #require(await engine.exitCause(of: lease))
            #expect(
                cause.summary.hasPrefix("was killed by signal 9 (SIGKILL) from outside, when it had "),
                "\(cause.summary)")
            #expect(!cause.isOutOfMemory)
        }
    }
}
