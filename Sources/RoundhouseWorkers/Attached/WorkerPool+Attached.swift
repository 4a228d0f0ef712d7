public import RoundhouseCore

extension WorkerPool {
    /// Models on attached servers that say what they have loaded, as they were at the last look.
    public var attachedStatus: [AttachedStatus] { attached.status }

    /// All engines that can be seen.
    public var engines: [EngineStatus] {
        status().map(EngineStatus.launched) + attachedStatus.map(EngineStatus.attached)
    }

    /// The model with what its server says that it can do, if the file says nothing of that.
    public func learnt(_ model: Model) -> Model { attached.learnt(model) }

    /// Who is to hear that `learnt` has another answer for a model.
    public func whenLearnt(_ listener: @escaping @Sendable () -> Void) { attached.whenLearnt(listener) }
}
