internal import ArgumentParser
internal import FoundationEssentials
internal import Synchronization

#if canImport(Glibc)
private import Glibc
#endif

/// `roundhouse chat`: a conversation in the terminal with a model behind a running gateway. With a pipe for input, every
/// line is a question and no prompt is drawn.
struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Chat with a model of a running gateway.",
        discussion: """
            Ctrl-C stops an answer; at the prompt it leaves, as Ctrl-D does. /reset forgets the conversation, \
            /model NAME goes on with another model, /quit leaves.
            """)

    @Argument(help: "The model (default: the one with the alias `default`, else the only one).")
    var model: String?

    @Option(help: "The gateway.")
    var url = "http://127.0.0.1:8080"

    @Option(help: "The API key (default: $ROUNDHOUSE_API_KEY, which other users of this machine cannot see).")
    var key: String?

    func run() async throws {
        let isTerminal = isatty(STDIN_FILENO) == 1
        var failed = false
        do {
            let key = key ?? ProcessInfo.processInfo.environment["ROUNDHOUSE_API_KEY"]
            let server = try ChatServer(url: url, key: key)
            let chosen: String
            if let model { chosen = model } else { chosen = try await server.defaultModel() }
            var conversation = ChatConversation(server: server, model: chosen)
            if isTerminal { Chat.write("\(chosen) at \(url). /reset, /model NAME, /quit; Ctrl-C stops an answer.\n") }
            while let line = Chat.readQuestion(prompt: isTerminal) {
                let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
                switch words.first {
                case nil: continue
                case "/quit": return try Chat.leave(failed)
                case "/reset": conversation.reset()
                case "/model" where words.count == 2: conversation.model = words[1]
                case "/model": Chat.write("\(conversation.model)\n")
                case let word? where word.hasPrefix("/") && isTerminal:
                    Terminal.say("There is no \(word); there are /reset, /model NAME and /quit.")
                default:
                    if await Chat.answer(line, in: &conversation) == false { failed = true }
                }
            }
            if isTerminal { Chat.write("\n") }
        } catch let failure as ChatFailure {
            Terminal.say(failure.description)
            throw ExitCode(1)
        }
        try Chat.leave(failed && !isTerminal)
    }

    private static func leave(_ failed: Bool) throws {
        if failed { throw ExitCode(1) }
    }

    /// Asks and prints; false if there was an error, which has been printed. While it runs, Ctrl-C stops the answer alone.
    private static func answer(_ question: String, in conversation: inout ChatConversation) async -> Bool {
        let start = conversation
        let work = Task {
            var copy = start
            try await copy.ask(question) { write($0) }
            return copy
        }
        let watch = Interrupt.watch { work.cancel() }
        defer { watch.cancel() }
        defer { Interrupt.restore() }
        do {
            conversation = try await work.value
            write("\n")
            return true
        } catch {
            write("\n")
            Terminal.say("\(error)")
            return false
        }
    }

    private static func readQuestion(prompt: Bool) -> String? {
        if prompt { write("> ") }
        return readLine()
    }

    private static func write(_ text: String) {
        print(text, terminator: "")
        fflush(nil)
    }
}

/// Ctrl-C as something that an answer can be stopped by. The handler only sets a flag, because a signal handler may do
/// little more; a task looks at it 20 times a second, which is soon enough for a hand on a keyboard.
private enum Interrupt {
    private static let seen = Atomic<Bool>(false)

    static func watch(_ stop: @escaping @Sendable () -> Void) -> Task<Void, any Error> {
        seen.store(false, ordering: .relaxed)
        signal(SIGINT) { _ in Interrupt.seen.store(true, ordering: .relaxed) }
        return Task {
            while !seen.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(50)) }
            stop()
        }
    }

    static func restore() { signal(SIGINT, SIG_DFL) }
}
