internal import RoundhouseCore

extension ModelParser {
    /// `limits` and `timeouts`.
    func readLimits(_ top: Section, _ model: inout Model) {
        if let limits = top.section("limits") {
            limits.rejectUnknown(known: KnownKeys.limits, advice: LocalAIKeys.advice)
            let fix = "leave the key out for the default"
            if limits.entry("concurrent") != nil, let other = limits.entry("max_concurrent") {
                problems.error(
                    other.location, "`limits.max_concurrent` is another name of `limits.concurrent`",
                    fix: "keep one of them")
            }
            model.limits.concurrent =
                limits.int("concurrent", 1...1_000_000, fix: fix)
                ?? limits.int("max_concurrent", 1...1_000_000, fix: fix)
            model.limits.queue = limits.int("queue", 0...1_000_000) ?? model.limits.queue
            model.limits.queueTimeout = limits.duration("queue_timeout") ?? model.limits.queueTimeout
            limits.read(into: &model.rateLimits)
            limits.warnOfIdleShadow(model.rateLimits)
        }
        if let timeouts = top.section("timeouts") {
            timeouts.rejectUnknown(known: KnownKeys.timeouts)
            model.timeouts.load = positive("load", timeouts) ?? model.timeouts.load
            model.timeouts.firstByte = positive("first_byte", timeouts) ?? model.timeouts.firstByte
            model.timeouts.idle = positive("idle", timeouts) ?? model.timeouts.idle
            model.timeouts.total = positive("total", timeouts) ?? model.timeouts.total
        }
    }

    private func positive(_ key: String, _ section: Section) -> Duration? {
        guard let value = section.duration(key) else { return nil }
        guard value > .zero else {
            if let entry = section.entry(key) {
                section.expected("longer than nothing", entry, fix: "leave the key out for the default")
            }
            return nil
        }
        return value
    }

    /// `keep_alive`, `pinned`, `warm_up` and `fetch_media` of a launched model.
    func readResidency(_ top: Section, _ model: inout Model) {
        model.warmUp = top.bool("warm_up") ?? false
        model.fetchesMedia = top.bool("fetch_media") ?? false
        switch residence(top) {
        case .idle(let duration): model.keepAlive = duration
        case .forever: model.keepAlive = nil
        case nil: break
        }
    }

    /// What `keep_alive` and `pinned` say; nil if they say nothing.
    func residence(_ top: Section) -> Residence? {
        let isPinned = top.bool("pinned") ?? false
        guard let entry = top.entry("keep_alive") else { return isPinned ? .forever : nil }
        let text = entry.value.text?.lowercased() ?? ""
        if text == "forever" || text == "-1" { return .forever }
        guard let duration = Units.duration(text) else {
            top.expected("\(Units.durationForms), or forever", entry, fix: "write, for example: keep_alive: 15m")
            return isPinned ? .forever : nil
        }
        guard isPinned else { return .idle(duration) }
        problems.error(
            entry.location, "`pinned: true` and `keep_alive: \(text)` contradict each other",
            fix: "keep one of them; `pinned: true` is `keep_alive: forever`")
        return .forever
    }
}
