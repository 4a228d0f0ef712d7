#if canImport(Glibc)
private import Glibc
#endif

/// The clocks of this machine.
enum WallClock {
    /// Seconds since 1970.
    static func seconds() -> Int64 {
        Int64(time(nil))
    }
}

/// A clock that never jumps.
enum MonotonicClock {
    /// Nanoseconds from some moment on.
    static func nanoseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
