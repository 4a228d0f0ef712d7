/// A stretch of a changed body.
public enum BodySegment: Sendable, Equatable {
    /// Bytes of the original.
    case original(Range<Int>)
    /// Bytes that take the place of others, or are added.
    case inserted([UInt8])
}

extension BodyPatch {
    /// The changed body as stretches in order, none of them empty, for originals that are not in memory.
    public func segments(of originalCount: Int) -> [BodySegment] {
        var segments: [BodySegment] = []
        var position = 0
        for edit in edits {
            if edit.range.lowerBound > position { segments.append(.original(position..<edit.range.lowerBound)) }
            if !edit.bytes.isEmpty { segments.append(.inserted(edit.bytes)) }
            position = edit.range.upperBound
        }
        if position < originalCount { segments.append(.original(position..<originalCount)) }
        return segments
    }
}
