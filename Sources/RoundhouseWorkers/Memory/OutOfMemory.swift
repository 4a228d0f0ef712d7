/// Tells whether an engine ended because memory ran out, from what it printed and from what the kernel counts.
enum OutOfMemory {
    /// What engines and their libraries print: llama.cpp and ggml, CUDA and ROCm by torch, Python, C++.
    private static let words = [
        "out of memory", "failed to allocate", "cannot allocate memory", "std::bad_alloc", "memoryerror",
        "unable to allocate", "not enough memory", "alloc_buffer: allocating", "outofmemoryerror",
    ]

    /// Whether one of these lines says so.
    static func isNamed(in output: [String]) -> Bool {
        output.contains { line in
            let line = line.lowercased()
            return words.contains { line.contains($0) }
        }
    }

    /// Processes that the kernel has killed for want of memory since it started (`oom_kill` of /proc/vmstat); nil before Linux 4.13.
    static var kernelKills: Int? {
        for line in KernelFile.text("/proc/vmstat").split(separator: "\n") where line.hasPrefix("oom_kill ") {
            return Int(line.dropFirst("oom_kill ".utf8.count))
        }
        return nil
    }
}
