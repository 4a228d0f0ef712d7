import FuzzDriver
import RoundhouseCore

/// What libFuzzer calls: the first bytes of a weights file, behind two that say where it is cut. Traps where the cut file says something
/// else than the whole, or where its figures lead to a size that nothing has.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWeights(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard count > 2 else { return 0 }
    let file = UnsafeRawBufferPointer(rebasing: input[2...])
    let whole = read(file)
    let cut = read(UnsafeRawBufferPointer(rebasing: file[..<min(Int(input[0]) << 8 | Int(input[1]), file.count)]))
    precondition(cut == .isLonger || cut == whole, "a header that is known goes on")
    guard case .header(let header) = whole else { return 0 }
    check(WeightsFacts(bytes: header.wholeSize ?? count, gguf: header))
    return 0
}

private func read(_ file: UnsafeRawBufferPointer) -> GGUFHeader.Reading {
    GGUFHeader.read(file, prefix: "general.", tensors: true)
}

private func check(_ facts: WeightsFacts) {
    var settings = LaunchSettings(weights: "/models/a.gguf")
    for (context, parallel, layers) in [(4096, 1, nil), (1, 1, 0), (1 << 24, 1024, 99)] as [(Int, Int, Int?)] {
        (settings.contextSize, settings.parallel, settings.gpuLayers) = (context, parallel, layers)
        for devices in [[], ["0", "1"]] {
            let size = MemoryEstimate.footprint(of: facts, settings, own: 1 << 20, devices: devices)
            precondition(size.host >= 1 << 20 && size.total >= size.host && size.total < 1 << 53, "a size of \(size)")
        }
    }
}

/// The program's `main`, by the name that the package manager gives it.
@_cdecl("fuzz_weights_main")
public func fuzzWeightsMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    fuzz(fuzzWeights, count, arguments)
}
