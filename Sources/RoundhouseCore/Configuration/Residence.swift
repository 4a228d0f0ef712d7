/// How long an attached engine is told to keep a model in memory after its last request.
public enum Residence: Sendable, Equatable {
    /// Until it has been idle for so long.
    case idle(Duration)
    /// As long as the engine runs.
    case forever

    /// Whole seconds, rounded up; -1 is for ever.
    var seconds: Int64 {
        switch self {
        case .idle(let duration):
            let (seconds, attoseconds) = duration.components
            return attoseconds > 0 ? seconds + 1 : seconds
        case .forever: return -1
        }
    }
}
