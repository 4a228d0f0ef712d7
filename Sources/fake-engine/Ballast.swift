import Glibc

/// Memory that is taken and never given back, every page of it touched.
enum Ballast {
    /// Takes so many MiB at once.
    static func take(_ mebibytes: Int) {
        guard mebibytes > 0 else { return }
        let size = mebibytes << 20
        let place = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let place, place != MAP_FAILED else {
            Report.printError("fake-engine: cannot allocate memory\n")
            exit(1)
        }
        memset(place, 0x2a, size)
    }

    /// Takes a MiB every 10 ms, until there are so many more.
    static func grow(_ mebibytes: Int) {
        for _ in 0..<mebibytes {
            take(1)
            usleep(10_000)
        }
    }
}
