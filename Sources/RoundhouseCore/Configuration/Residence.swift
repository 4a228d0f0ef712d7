/// How long a model is to stay in memory after its last request.
public enum Residence: Sendable, Equatable {
    /// Until it has been idle for so long.
    case idle(Duration)
    /// As long as the engine runs.
    case forever

    /// Not at all: it is unloaded as soon as nobody uses it.
    public static let unloaded = Residence.idle(.zero)

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
