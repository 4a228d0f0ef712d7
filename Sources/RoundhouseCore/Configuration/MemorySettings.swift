/// The `memory` section of `config/roundhouse.yaml`: what all launched engines together may take.
public struct MemorySettings: Sendable, Equatable {
    /// A part of what there is, or a number of bytes.
    public enum Amount: Sendable, Equatable {
        /// Hundredths of what there is.
        case percent(Double)
        /// As many bytes.
        case bytes(Int)
        /// Without end.
        case unlimited

        /// Bytes of a memory; nil is without end.
        /// - Parameter all: bytes that there are; nil if that is not known.
        public func bytes(of all: Int?) -> Int? {
            switch self {
            case .percent(let percent): all.map { Int(Double($0) / 100 * percent) }
            case .bytes(let bytes): bytes
            case .unlimited: nil
            }
        }
    }

    /// Of the machine's memory, or of the container's limit if that is less.
    public var budget = Amount.percent(90)
    /// Of each GPU's memory.
    public var gpuBudget = Amount.percent(95)
    /// Launched models that may be loaded at the same time; nil is any number.
    public var maxLoaded: Int?

    /// The defaults above.
    public init() {}
}

/// What a model's file says of the memory that its engine takes.
public struct MemoryNeeds: Sendable, Equatable {
    /// Bytes of the machine's memory, if the file says so.
    public var host: Int?
    /// Bytes of GPUs' memory altogether, if the file says so.
    public var gpu: Int?
    /// More than this, and the engine is ended: bytes of the machine's memory that are its own, files that it has mapped left out.
    public var limit: Int?
    /// Whether the context is halved for the next start when memory has run out.
    public var halvesContext = false
    /// Only one of the models that share a group is loaded at a time.
    public var groups: [String] = []
    /// When others need the room, models of lower priority go first.
    public var priority = Priority.normal

    /// Nothing is said.
    public init() {}
}
