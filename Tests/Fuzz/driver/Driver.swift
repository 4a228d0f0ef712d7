/// What libFuzzer calls with each input.
public typealias FuzzTarget = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

/// libFuzzer's loop, without its `main`: the package's linker settings have one of their own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafePointer<CInt>, _ arguments: UnsafePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ target: FuzzTarget
) -> CInt

/// Runs libFuzzer with a program's arguments; returns its exit code.
public func fuzz(
    _ target: FuzzTarget, _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    withUnsafePointer(to: count) { count in
        withUnsafePointer(to: arguments) { arguments in runDriver(count, arguments, target) }
    }
}
