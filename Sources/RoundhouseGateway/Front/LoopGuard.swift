internal import RoundhouseCore

/// Keeps requests from going round in circles: gateways write themselves into `Via` (RFC 9110, section 7.6.3) of what they send
/// upstream, and refuse what they find themselves in.
struct LoopGuard: Sendable {
    /// What stands in `Via` for this process.
    let entry: String
    private let name: String

    /// More gateways than this, one behind the other, are a circle through something that renames itself, or a mistake.
    static let hopLimit = 8

    init() {
        name = "roundhouse-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        entry = "1.1 " + name
    }

    /// The value for a request that came with this one.
    func value(behind via: String?) -> String { via.map { "\($0), \(entry)" } ?? entry }

    /// - Throws: `GatewayError.loop`.
    func check(_ via: String) throws(GatewayError) {
        let hops = via.split(separator: ",")
        if hops.contains(where: { $0.split(separator: " ").dropFirst().first == name[...] }) {
            throw .loop(
                "This request has been here before: an endpoint of a model leads back to this gateway. `roundhouse check` names it, "
                    + "if it does so directly.")
        }
        if hops.count > Self.hopLimit {
            throw .loop(
                "This request came through \(hops.count) proxies (\(via.prefix(200))), and at most \(Self.hopLimit) are passed on. Let "
                    + "the model's endpoint name the engine itself.")
        }
    }
}
