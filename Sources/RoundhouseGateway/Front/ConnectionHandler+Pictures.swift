internal import NIOCore
internal import RoundhouseCore

extension ConnectionHandler {
    /// Answers with a picture that an engine has left for a while.
    func answerWithPicture() {
        guard let asking = current, let path = asking.facts?.path else { return }
        let folder = loopContext.shared.pictures
        let bound = NIOLoopBound((self, asking), eventLoop: loopContext.loop)
        let loop = loopContext.loop
        Task {
            let answer = folder.answer(path)
            loop.execute {
                let (handler, asking) = bound.value
                // The client may have left, and another request have come, since.
                guard handler.current === asking else { return }
                handler.answerLocally(answer)
            }
        }
    }
}
