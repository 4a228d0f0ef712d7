internal import RoundhouseCore
internal import RoundhouseWorkers

/// What `roundhouse ps` says below its tables: who waits, what was decided about memory, and how much there is.
enum PsMemory {
    /// Waiting requests that are shown of each model.
    private static let shownWaiting = 5

    /// The parts that have something to say.
    static func lines(_ workers: [WorkerStatus], _ memory: MemoryStatus) -> [String] {
        guard !workers.isEmpty else { return [] }
        let notes = workers.compactMap { worker in worker.note.map { "\(worker.model): \($0)." } }
        let reduced = workers.compactMap { worker in
            worker.reducedContext.map {
                "\(worker.model): its context is \($0) tokens, because memory ran out (on_oom)."
            }
        }
        return [queues(workers), (notes + reduced).joined(separator: "\n"), budget(memory)].filter { !$0.isEmpty }
    }

    private static func queues(_ workers: [WorkerStatus]) -> String {
        let rows = workers.flatMap { worker in
            (worker.queue ?? []).prefix(shownWaiting).map { waiting in
                [
                    worker.model, String(waiting.position), waiting.key ?? "-", waiting.priority,
                    seconds(waiting.waited),
                    waiting.estimate.map { "about " + seconds($0) } ?? "-",
                ]
            }
        }
        return rows.isEmpty
            ? "" : Terminal.table([["WAITING FOR", "PLACE", "KEY", "PRIORITY", "SINCE", "STILL"]] + rows)
    }

    private static func budget(_ memory: MemoryStatus) -> String {
        let devices = memory.devices.sorted { $0.key < $1.key }.map { ", \($0.value.shownBytes) on GPU \($0.key)" }
            .joined()
        let limit = memory.budget.map { "of \($0.shownBytes)" } ?? "without a limit"
        let count = memory.maxLoaded.map { ", at most \($0) loaded" } ?? ""
        return
            "Memory: \(memory.used.shownBytes) used, \(memory.planned.shownBytes) planned \(limit)\(devices)\(count)."
    }

    private static func seconds(_ seconds: Double) -> String { "\(Int(seconds.rounded(.up)))s" }
}
