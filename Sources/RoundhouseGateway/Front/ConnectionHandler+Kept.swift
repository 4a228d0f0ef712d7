internal import NIOCore
internal import NIOHTTP1
internal import RoundhouseCore

extension ConnectionHandler {
    /// Answers a call about an answer that is kept; the connection waits, and takes nothing else meanwhile.
    func answerAboutKept(_ keeping: any DialectKeeping, prefix: Int) {
        guard let asking = current, let facts = asking.facts else { return }
        let path = PercentEncoding.decoded(facts.path.dropFirst(prefix))
        let query = URLQuery.parameters(facts.query)
        guard let archive = loopContext.shared.archive else {
            answerLocally(LocalAnswer(.answersNotKept))
            return
        }
        let method = facts.method == .HEAD ? "GET" : facts.method.rawValue
        guard let call = keeping.call(method, path, query: query) else {
            answerLocally(LocalAnswer(.unknownPath(facts.path)))
            return
        }
        let owner = (asking.principal ?? .anonymous).archiveOwner
        let bound = NIOLoopBound((self, asking), eventLoop: loopContext.loop)
        let loop = loopContext.loop
        let answer: @Sendable (LocalAnswer) -> Void = { answer in
            loop.execute {
                let (handler, asking) = bound.value
                // The client may have left, and another request have come, since.
                guard handler.current === asking else { return }
                handler.answerLocally(answer)
            }
        }
        let id = call.id
        switch call.action {
        case .show(let show):
            archive.find(id, owner: owner) { result in
                answer(Self.answer(result.map { $0.map { found in Result { try show(found) } } }, id))
            }
        case .delete(let body):
            archive.remove(id, owner: owner) { result in
                answer(Self.answer(result.map { $0 ? .success(body) : nil }, id))
            }
        case .refuse(let why):
            archive.find(id, owner: owner) { result in
                let found = result.map { $0.map { _ in Result<[UInt8], any Error>.failure(Refusal(why: why)) } }
                answer(Self.answer(found, id))
            }
        }
    }

    private struct Refusal: Error {
        var why: String
    }

    /// What came of a call: the archive's failure, nothing of that id, what is wrong with the call, or its answer.
    private static func answer(_ result: Result<Result<[UInt8], any Error>?, any Error>, _ id: String) -> LocalAnswer {
        do {
            guard let found = try result.get() else { return LocalAnswer(.unknownAnswer(id, previous: false)) }
            return LocalAnswer(body: try found.get())
        } catch let error as EnvelopeError {
            return LocalAnswer(.invalidBody(message: error.message, parameter: error.parameter))
        } catch let error as Refusal {
            return LocalAnswer(.answerRefused(error.why))
        } catch {
            return LocalAnswer(.archiveUnavailable)
        }
    }
}
