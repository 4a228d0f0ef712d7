internal import FoundationEssentials
internal import GRDB
internal import RoundhouseCore

/// One escalation as a row of the table `escalations`, and how it is hashed.
///
/// The hash of a row is SHA-256 over the bytes of `roundhouse-escalations-1` followed by the hash of the row before and the
/// row's own fields, in the order of `columns`. Each of them begins with a byte for its type, so that no two different
/// rows give the same bytes:
///
/// | value | bytes |
/// |---|---|
/// | null | `00` |
/// | integer | `01`, then 8 bytes, the highest first |
/// | text | `02`, then the length in 4 bytes, the highest first, then UTF-8 |
/// | blob | `03`, then the length in 4 bytes, then the bytes |
/// | real | `04`, then the 8 bytes of the IEEE 754 number (never written, but somebody may put one there) |
struct EscalationRow {
    /// The hashed columns. Their order is part of the format.
    static let columns = [
        "seq", "started_ns", "request_id", "team", "key", "feature", "requested_model", "model", "backend", "reason",
        "input_tokens", "cached_tokens", "output_tokens", "audio_ms", "characters", "images", "cost", "currency",
        "outcome",
    ]

    /// Those of them that hold texts.
    static let textColumns = [
        "request_id", "team", "key", "feature", "requested_model", "model", "backend", "reason", "currency", "outcome",
    ]

    /// What the columns hold.
    let values: [DatabaseValue]

    /// The row of a record.
    init(_ record: RequestRecord, seq: Int64) {
        func text(_ value: String?) -> DatabaseValue { value.map { StoredValues.text($0).databaseValue } ?? .null }
        func count(_ value: Int?) -> DatabaseValue { StoredValues.count(value)?.databaseValue ?? .null }
        values = [
            seq.databaseValue, record.startedAt.databaseValue, text(record.requestID), text(record.team),
            text(record.key), text(record.feature), text(record.requestedModel),
            text(record.escalatedModels ?? record.model),
            text(record.backend), text(record.reason), count(record.usage.inputTokens),
            count(record.usage.cachedTokens), count(record.usage.outputTokens),
            count(record.usage.audioMilliseconds), count(record.usage.characters), count(record.usage.images),
            record.cost?.billionths.databaseValue ?? .null, text(record.cost == nil ? nil : record.currency),
            text(record.outcome.rawValue),
        ]
    }

    /// The row as it stands in a file; the columns are the first ones of the row.
    init(_ row: Row) {
        values = (0..<Self.columns.count).map { row[$0] as DatabaseValue }
    }

    /// The hash that the row has after one with this hash.
    func hash(after previous: ChainHash) -> ChainHash {
        var bytes = Array(ChainHead.format.utf8)
        bytes.reserveCapacity(512)
        Self.append(Data(previous.bytes).databaseValue, to: &bytes)
        for value in values { Self.append(value, to: &bytes) }
        return ChainHash(of: bytes)
    }

    private static func append(_ value: DatabaseValue, to bytes: inout [UInt8]) {
        switch value.storage {
        case .null: bytes.append(0)
        case .int64(let number):
            bytes.append(1)
            append(number, to: &bytes)
        case .string(let text):
            bytes.append(2)
            append(UInt32(clamping: text.utf8.count), to: &bytes)
            bytes.append(contentsOf: text.utf8)
        case .blob(let blob):
            bytes.append(3)
            append(UInt32(clamping: blob.count), to: &bytes)
            bytes.append(contentsOf: blob)
        case .double(let number):
            bytes.append(4)
            append(number.bitPattern, to: &bytes)
        }
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
