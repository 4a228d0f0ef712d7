internal import RoundhouseCore

/// What the tools of GPU vendors print: how much memory each GPU has, and which process has how much of it.
struct GPUReadings: Sendable, Equatable {
    /// Bytes of each GPU, by its index.
    var totals: [String: Int] = [:]
    /// Bytes of each process on each GPU.
    var processes: [Int32: [String: Int]] = [:]

    /// What `nvidia-smi` prints (https://docs.nvidia.com/deploy/nvidia-smi/), asked with `gpuQuery` and `processQuery`; MiB.
    init(nvidiaGPUs gpus: String, processes apps: String) {
        var indices: [Substring: String] = [:]
        for fields in Self.table(gpus) where fields.count == 3 {
            guard let total = Int(fields[2]) else { continue }
            indices[fields[1]] = String(fields[0])
            totals[String(fields[0])] = total << 20
        }
        for fields in Self.table(apps) where fields.count == 3 {
            // `[N/A]` in a container that may not see other processes, and on some drivers.
            guard let pid = Int32(fields[0]), let index = indices[fields[1]], let used = Int(fields[2]) else {
                continue
            }
            processes[pid, default: [:]][index, default: 0] += used << 20
        }
    }

    static let gpuQuery = ["--query-gpu=index,uuid,memory.total", "--format=csv,noheader,nounits"]
    static let processQuery = ["--query-compute-apps=pid,gpu_uuid,used_memory", "--format=csv,noheader,nounits"]

    /// What `rocm-smi` prints (https://rocm.docs.amd.com/projects/rocm_smi_lib), asked with `rocmQuery`. It does not say on which GPU a
    /// process has its memory; it counts as spread evenly.
    init(rocm bytes: [UInt8]) {
        guard let answer = bytes.withUnsafeBytes({ JSONValue($0) }) else { return }
        for (name, card) in answer.members where name.hasPrefix("card") {
            guard let total = card["VRAM Total Memory (B)"]?.string.flatMap({ Int($0) }) else { continue }
            totals[String(name.dropFirst(4))] = total
        }
        guard !totals.isEmpty else { return }
        for (name, value) in answer["system"]?.members ?? [:] where name.hasPrefix("PID") {
            // Name, number of GPUs, bytes of VRAM, and more.
            let fields = (value.string ?? "").split(separator: ",").map { $0.drop { $0 == " " } }
            guard let pid = Int32(name.dropFirst(3)), fields.count >= 3, let used = Int(fields[2]), used > 0 else {
                continue
            }
            for index in totals.keys { processes[pid, default: [:]][index] = used / totals.count }
        }
    }

    static let rocmQuery = ["--showmeminfo", "vram", "--showpids", "--json"]

    /// Bytes of several processes together.
    func usage(of pids: Set<Int32>) -> [String: Int] {
        pids.reduce(into: [:]) { sum, pid in sum.merge(processes[pid] ?? [:]) { $0 + $1 } }
    }

    private static func table(_ text: String) -> [[Substring]] {
        text.split(separator: "\n").map { line in
            line.split(separator: ",").map { $0.drop { $0 == " " }.prefix { $0 != "\r" } }
        }
    }
}
