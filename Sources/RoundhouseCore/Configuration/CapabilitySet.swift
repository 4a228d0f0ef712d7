/// Several capabilities, as bits: every request asks for some, and a `Set` would hash a word for each.
public struct CapabilitySet: Sendable, Equatable, ExpressibleByArrayLiteral {
    private var bits: UInt16 = 0

    /// The elements, each of which may be there more than once.
    public init(_ elements: some Sequence<Capability>) {
        for element in elements { insert(element) }
    }

    /// `[.chat, .tools]`
    public init(arrayLiteral elements: Capability...) {
        self.init(elements)
    }

    /// Whether there are none.
    public var isEmpty: Bool { bits == 0 }

    /// Whether it is there.
    public func contains(_ capability: Capability) -> Bool { bits & capability.bit != 0 }

    /// Puts it in.
    public mutating func insert(_ capability: Capability) { bits |= capability.bit }

    /// Takes it out.
    public mutating func remove(_ capability: Capability) { bits &= ~capability.bit }

    /// What is in either.
    public func union(_ other: CapabilitySet) -> CapabilitySet {
        var both = self
        both.bits |= other.bits
        return both
    }

    /// What is in both.
    public func intersection(_ other: CapabilitySet) -> CapabilitySet {
        var common = self
        common.bits &= other.bits
        return common
    }

    /// What is here and not in the other.
    public func subtracting(_ other: CapabilitySet) -> CapabilitySet {
        var rest = self
        rest.bits &= ~other.bits
        return rest
    }

    /// Whether all of the other is here.
    public func isSuperset(of other: CapabilitySet) -> Bool { bits & other.bits == other.bits }

    /// Whether nothing is in both.
    public func isDisjoint(with other: CapabilitySet) -> Bool { bits & other.bits == 0 }
}

extension CapabilitySet: Sequence {
    /// One by one, in the order of `Capability.allCases`.
    public func makeIterator() -> IndexingIterator<[Capability]> {
        Capability.allCases.filter(contains).makeIterator()
    }
}

extension Capability {
    fileprivate var bit: UInt16 {
        let place: UInt16 =
            switch self {
            case .chat: 0
            case .completion: 1
            case .embeddings: 2
            case .rerank: 3
            case .tools: 4
            case .vision: 5
            case .transcription: 6
            case .translation: 7
            case .speech: 8
            case .image: 9
            case .imageEdit: 10
            case .moderation: 11
            }
        return 1 << place
    }
}
