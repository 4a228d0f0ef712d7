import Glibc

/// As little of an HTTP/1.1 server as will do: a thread for each connection, one request on each.
struct Server: Sendable {
    private let options: Options
    private let started: UInt64

    init(_ options: Options) {
        self.options = options
        started = Self.milliseconds()
    }

    func run(_ path: String) -> Never {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(listener, 64) == 0 else {
            Report.printError("fake-engine: cannot listen on \(path): \(String(cString: strerror(errno)))\n")
            exit(2)
        }
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            // A client that connects and says nothing must not keep the others out.
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            Thread.detach {
                if let request = read(connection) { answer(request, connection) }
                close(connection)
            }
        }
    }

    private func read(_ connection: Int32) -> (path: String, body: String)? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound].split(separator: "\r\n")
                let length = head.dropFirst().compactMap { line -> Int? in
                    let parts = line.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
                    return Int(parts[1].drop { $0 == " " })
                }.first
                let body = text[end.upperBound...]
                if body.utf8.count >= length ?? 0 {
                    let words = head.first?.split(separator: " ") ?? []
                    return words.count > 1 ? (String(words[1]), String(body)) : nil
                }
            }
            let count = Glibc.read(connection, &piece, piece.count)
            guard count > 0 else { return nil }
            bytes += piece.prefix(count)
        }
    }

    private func answer(_ request: (path: String, body: String), _ connection: Int32) {
        if request.path == "/health" {
            let isReady = !options.neverReady && Self.milliseconds() - started >= UInt64(options.slowStart)
            send(
                connection, isReady ? 200 : 503,
                isReady ? #"{"status":"ok"}"# : #"{"error":{"message":"Loading model"}}"#)
            return
        }
        if options.segfaultsOnRequest { raise(SIGSEGV) }
        if let code = options.requestExitCode { exit(code) }
        if let status = options.requestStatus {
            send(connection, status, #"{"error":{"message":"no answer today"}}"#)
            return
        }
        if options.obeys { obey(request.body) }
        let wantsStream = request.body.filter { $0 != " " }.contains(#""stream":true"#)
        if wantsStream || options.diesMidAnswer { stream(connection) } else { complete(connection) }
    }

    /// Does what stands in the prompt: `grow N` takes N MiB, `segfault`, `exit N` and `stall` mean what they say.
    private func obey(_ body: String) {
        if let amount = number(after: "grow ", in: body) { Ballast.grow(amount) }
        if body.contains("segfault") { raise(SIGSEGV) }
        if let code = number(after: "exit ", in: body) { exit(Int32(code)) }
        if body.contains("stall") { while true { pause() } }
    }

    private func number(after word: String, in text: String) -> Int? {
        text.range(of: word).flatMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) }
    }

    private static func usage(_ words: Int) -> String {
        #""usage":{"prompt_tokens":3,"completion_tokens":\#(words),"total_tokens":\#(words + 3)}"#
    }

    private func complete(_ connection: Int32) {
        let message = #"{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello there"}}"#
        send(
            connection, 200,
            #"{"id":"fake","object":"chat.completion","model":"fake","choices":[\#(message)],\#(Self.usage(2))}"#)
    }

    private func stream(_ connection: Int32) {
        write(connection, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        let begin = #"{"id":"fake","object":"chat.completion.chunk","model":"fake","choices":["#
        for number in 0..<max(options.words, 2) {
            if options.wordInterval > 0 { usleep(UInt32(options.wordInterval) * 1000) }
            let word = number == 0 ? "Hello" : " there"
            let delta = #"{"index":0,"delta":{"content":"\#(word)"},"finish_reason":null}"#
            write(connection, "data: \(begin)\(delta)]}\n\n")
            if options.diesMidAnswer, number == 1 { kill(getpid(), SIGKILL) }
        }
        write(connection, "data: \(begin)" + #"{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\n")
        write(connection, "data: \(begin)],\(Self.usage(max(options.words, 2)))}\n\ndata: [DONE]\n\n")
    }

    private func send(_ connection: Int32, _ status: Int, _ body: String) {
        write(
            connection,
            "HTTP/1.1 \(status) Whatever\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n"
                + "connection: close\r\n\r\n" + body)
    }

    private func write(_ connection: Int32, _ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(connection, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func milliseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
    }
}

extension String {
    /// The first place of another string; the standard library alone has no such thing.
    fileprivate func range(of wanted: String) -> Range<Index>? {
        ranges(of: wanted).first
    }
}
