internal import ArgumentParser
internal import CRoundhouse
internal import Dispatch

#if canImport(Glibc)
private import Glibc
#endif

/// Where the program begins.
@main
enum Entry {
    /// The launcher comes before everything else: it forks, and must do so while the process has a single thread and
    /// little memory. `roundhouse launch SCORE GROUP PROGRAM ARGUMENTS...` is for the worker pool alone.
    ///
    /// `main` is not async, because an async one ends the main thread on Linux, after which valgrind cannot go on and
    /// /proc shows a dead leader; here it waits.
    static func main() {
        if CommandLine.argc >= 5, CommandLine.arguments[1] == "launch", let score = Int32(CommandLine.arguments[2]) {
            let group = CommandLine.arguments[3] == "-" ? nil : CommandLine.unsafeArgv[3]
            roundhouse_launch(STDIN_FILENO, score, group, CommandLine.unsafeArgv + 4)
        }
        let isOver = DispatchSemaphore(value: 0)
        Task.detached {
            await Roundhouse.main()
            isOver.signal()
        }
        isOver.wait()
    }
}
