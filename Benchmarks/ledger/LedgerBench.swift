import Foundation

/// `ledger-bench [--folder DIR] [--seconds N] [--rate N]`: what the ledger takes, keeps and answers, as a table in Markdown. Works in a
/// new folder below DIR (the temporary one), which it removes.
@main
struct LedgerBench {
    static func main() async throws {
        var options = ["--folder": FileManager.default.temporaryDirectory.path, "--seconds": "20", "--rate": "20000"]
        let arguments = Array(CommandLine.arguments.dropFirst())
        for index in stride(from: 0, to: arguments.count - 1, by: 2) {
            options[arguments[index]] = arguments[index + 1]
        }
        guard options.count == 3, arguments.count % 2 == 0, let seconds = Int(options["--seconds"] ?? ""),
            let rate = Int(options["--rate"] ?? ""), let parent = options["--folder"]
        else {
            FileHandle.standardError.write(Data("usage: ledger-bench [--folder DIR] [--seconds N] [--rate N]\n".utf8))
            exit(2)
        }
        let folder = parent + "/ledger-bench-\(ProcessInfo.processInfo.processIdentifier)"
        var measurements = Measurements(folder: folder)
        do {
            try await measurements.sustained(rate: rate, seconds: seconds)
            try await measurements.saturated(seconds: seconds)
            try await measurements.day()
            try await measurements.year()
        } catch {
            try FileManager.default.removeItem(atPath: folder)
            throw error
        }
        try FileManager.default.removeItem(atPath: folder)
        print("| what | figure |\n|---|---|")
        for row in measurements.rows { print("| \(row.what) | \(row.figure) |") }
    }
}
