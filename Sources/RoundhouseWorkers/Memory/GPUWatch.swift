internal import Subprocess
internal import Synchronization
private import SystemPackage

/// Asks the GPU vendor's tool, where there is one, now and then. Safe to call from any thread.
final class GPUWatch: Sendable {
    private enum Tool: Sendable {
        case nvidia(String)
        case rocm(String)
    }

    private let tool: Tool?
    private let last = Mutex<GPUReadings?>(nil)

    /// The tools print some kilobytes for each GPU.
    private static let outputLimit = 1 << 20

    /// - Parameter path: the folders in which the tools are looked for, as in `PATH`.
    init(path: String) {
        func find(_ name: String) -> String? {
            path.split(separator: ":").map { "\($0)/\(name)" }.first { EngineLocator.isProgram($0) }
        }
        tool = find("nvidia-smi").map(Tool.nvidia) ?? find("rocm-smi").map(Tool.rocm)
    }

    /// Whether there is a tool to ask.
    var isUseful: Bool { tool != nil }

    /// What it said last; nil before the first look, or without a tool.
    var readings: GPUReadings? { last.withLock { $0 } }

    /// Asks again. A tool that fails changes nothing: its driver may be busy.
    func look() async {
        guard let tool else { return }
        let readings: GPUReadings
        do {
            switch tool {
            case .nvidia(let path):
                readings = GPUReadings(
                    nvidiaGPUs: try await Self.run(path, GPUReadings.gpuQuery),
                    processes: try await Self.run(path, GPUReadings.processQuery))
            case .rocm(let path):
                readings = GPUReadings(rocm: Array(try await Self.run(path, GPUReadings.rocmQuery).utf8))
            }
        } catch {
            return
        }
        last.withLock { $0 = readings }
    }

    private static func run(_ program: String, _ arguments: [String]) async throws -> String {
        let result = try await Subprocess.run(
            .path(.init(program)), arguments: Arguments(arguments), output: .string(limit: outputLimit),
            error: .discarded)
        return result.standardOutput
    }
}
