internal import FoundationEssentials
internal import RoundhouseCore

/// The end of the chain of escalations at some time: how many there were, and the hash of the last. Whoever keeps one
/// outside the machine can prove later that nothing up to it was changed.
///
/// Its text, also the content of `escalations.head`, is a line of JSON:
/// `{"format":"roundhouse-escalations-1","seq":12,"hash":"9f…","time":"2026-11-24T01:02:03Z"}`.
public struct ChainHead: Sendable, Equatable, CustomStringConvertible {
    /// Number of the last escalation, 0 before the first. They are numbered from 1 without gaps.
    public let seq: Int64
    /// Its hash; zeros before the first.
    public let hash: ChainHash
    /// When this was noted, UTC. Nothing depends on it.
    public let time: String

    static let format = "roundhouse-escalations-1"

    init(seq: Int64, hash: ChainHash, time: String) {
        (self.seq, self.hash, self.time) = (seq, hash, time)
    }

    /// The end at a moment, in seconds since 1970.
    init(seq: Int64, hash: ChainHash, at seconds: Int64) {
        self.init(seq: seq, hash: hash, time: Self.time(seconds))
    }

    /// Reads a head, nil if the text is none.
    public init?(_ text: String) {
        let fields: Fields
        do {
            fields = try JSONDecoder().decode(Fields.self, from: Data(text.utf8))
        } catch {
            return nil
        }
        guard fields.format == Self.format, fields.seq >= 0, let hash = ChainHash(hex: fields.hash) else { return nil }
        self.init(seq: fields.seq, hash: hash, time: fields.time)
    }

    /// A line of JSON, without its line feed.
    public var description: String {
        #"{"format":"\#(Self.format)","seq":\#(seq),"hash":"\#(hash)","time":"\#(time)"}"#
    }

    private struct Fields: Decodable {
        var format: String
        var seq: Int64
        var hash: String
        var time: String
    }

    /// `2026-11-24T01:02:03Z`
    static func time(_ seconds: Int64) -> String {
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day = CalendarDay(secondsSince1970: seconds)
        return "\(day)T\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))Z"
    }
}
