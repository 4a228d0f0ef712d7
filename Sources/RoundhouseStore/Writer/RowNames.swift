internal import GRDB
internal import RoundhouseCore

/// The numbers of a record's repeating texts.
struct RowNames {
    var route: Int64
    var feature: Int64
    var team: Int64
    var key: Int64
    var model: Int64
    var backend: Int64
    var reason: Int64
    var error: Int64
    /// 0 exactly if there was no split.
    var arm: Int64
    /// 0 exactly if the record is unpriced.
    var currency: Int64

    init(_ record: borrowing RequestRecord, feature: String?, _ names: inout NameBook, _ db: Database) throws {
        route = try names.number(of: record.route, .route, db)
        self.feature = try names.number(of: feature, .feature, db)
        team = try names.number(of: record.team, .team, db)
        key = try names.number(of: record.key, .key, db)
        model = try names.number(of: record.model, .model, db)
        backend = try names.number(of: record.backend, .backend, db)
        reason = try names.number(of: record.reason, .reason, db)
        error = try names.number(of: record.errorCode, .error, db)
        arm = try names.number(of: record.arm, .arm, db)
        // XXX is ISO 4217's code for no currency.
        currency = try names.number(of: record.cost == nil ? nil : record.currency ?? "XXX", .currency, db)
    }
}
