import RoundhouseCore
import RoundhouseTesting
import Synchronization

/// A server that answers each path with a body of Ollama's documentation, and every other path with a 404.
final class ScriptedOllama: Sendable {
    private final class Answers: Sendable {
        let byPath: Mutex<[String: [UInt8]]>
        init(_ answers: [String: [UInt8]]) { byPath = Mutex(answers) }
    }

    let upstream: ScriptedUpstream
    private let answers: Answers

    /// - Parameter names: files of `Tests/Transcripts/ollama`, by path.
    init(_ names: [String: String]) throws {
        let answers = Answers(try names.mapValues { try Transcript.answer("ollama/\($0)") })
        self.answers = answers
        let missing = try Transcript.answer("ollama/error.json", status: "404 Not Found")
        upstream = try ScriptedUpstream { connection in
            guard let request = try connection.request() else { return }
            try connection.send(answers.byPath.withLock { $0[request.path] } ?? missing)
        }
    }

    /// From now on a path has another answer.
    func answer(_ path: String, _ bytes: [UInt8]) { answers.byPath.withLock { $0[path] = bytes } }

    /// The requests for a path so far.
    func requests(_ path: String) -> [ScriptedRequest] { upstream.requests.filter { $0.path == path } }
}

extension ScriptedRequest {
    fileprivate var path: String { String(head.split(separator: " ")[1]) }
}
