internal import RoundhouseCore

/// Numbers that stand for outcomes and usage sources in the tables. They are part of the format of the file: never reuse
/// or change one.
extension RequestRecord.Outcome {
    /// As in the columns `outcome`.
    var storedCode: Int64 {
        switch self {
        case .ok: 0
        case .refused: 1
        case .failed: 2
        case .cut: 3
        case .cancelled: 4
        }
    }
}

extension RequestRecord.UsageSource {
    /// As in the columns `usage_source`.
    var storedCode: Int64 {
        switch self {
        case .none: 0
        case .provider: 1
        case .estimated: 2
        }
    }
}
