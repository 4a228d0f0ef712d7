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
    /// little memory. `roundhouse launch SCORE PROGRAM ARGUMENTS...` is for the worker pool alone.
    ///
    /// `main` is not async, because an async one ends the main thread on Linux, after which valgrind cannot go on and
    /// /proc shows a dead leader; here it waits.
    static func main() {
        if CommandLine.argc >= 4, CommandLine.arguments[1] == "launch", let score = Int32(CommandLine.arguments[2]) {
            roundhouse_launch(STDIN_FILENO, score, CommandLine.unsafeArgv + 3)
        }
        let isOver = DispatchSemaphore(value: 0)
        Task.detached {
            await Roundhouse.main()
            isOver.signal()
        }
        isOver.wait()
    }
}
