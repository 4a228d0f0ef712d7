import Glibc

/// Children that do nothing, and that nothing but SIGKILL ends.
enum Children {
    /// Starts them: the first in a session of its own; the second in one too, and its parent gone; the others plainly.
    static func start(_ count: Int, report: String?) {
        guard let report else { return }
        for number in 0..<count {
            spawn(number == 1 ? "--orphan" : "--sleep", report, ownSession: number == 0)
        }
    }

    static func leaveOrphan(_ report: String) -> Never {
        spawn("--sleep", report, ownSession: true)
        exit(0)
    }

    static func sleepForEver(_ report: String) -> Never {
        for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
        Report.append(["child \(getpid())"], to: report)
        print("child \(getpid())")
        fflush(nil)
        while true { pause() }
    }

    private static func spawn(_ mode: String, _ report: String, ownSession: Bool) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        if ownSession { posix_spawnattr_setflags(&attributes, 0x80) }  // POSIX_SPAWN_SETSID, a GNU extension
        var arguments: [UnsafeMutablePointer<CChar>?] = []
        for argument in ["fake-engine", mode, report] { arguments.append(strdup(argument)) }
        arguments.append(nil)
        var pid: pid_t = 0
        guard posix_spawn(&pid, "/proc/self/exe", nil, &attributes, &arguments, environ) == 0 else {
            Report.printError("fake-engine: no child\n")
            exit(2)
        }
        for argument in arguments { free(argument) }
        posix_spawnattr_destroy(&attributes)
        if mode == "--orphan" { waitpid(pid, nil, 0) }
    }
}
