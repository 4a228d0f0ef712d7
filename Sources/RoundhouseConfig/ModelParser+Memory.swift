internal import RoundhouseCore

extension ModelParser {
    /// `memory`, `memory_limit`, `on_oom`, `concurrency_groups` and `priority` of a launched model.
    func readMemory(_ top: Section, _ model: inout Model) {
        readNeeds(top, &model.memory)
        model.memory.limit = positiveBytes("memory_limit", top)
        if let host = model.memory.host, let limit = model.memory.limit, host > limit {
            problems.warning(
                top.entry("memory_limit")?.location,
                "`memory_limit` is less than `memory`, so that the engine is ended for what it needs",
                fix: "raise `memory_limit`, or lower `memory` to what the engine takes")
        }
        if let section = top.section("on_oom") {
            section.rejectUnknown(known: KnownKeys.onOOM)
            section.rejectEmpty(KnownKeys.onOOM)
            model.memory.halvesContext = section.word("context_size", ["half"]) != nil
            if model.memory.halvesContext, model.profile.launch?.keys.contains("context_size") != true {
                problems.error(
                    section.location,
                    "`on_oom: {context_size: half}` means nothing to \(model.profile.name), which is told no context size",
                    fix: "remove it")
            }
        }
        if let groups = top.texts("concurrency_groups") {
            model.memory.groups = groups.map(\.text)
            if groups.isEmpty {
                problems.warning(
                    top.entry("concurrency_groups")?.location, "`concurrency_groups` is empty and does nothing",
                    fix: "remove it")
            }
        }
        model.memory.priority = top.priority() ?? .normal
    }

    /// One figure, which is the machine's memory; or those of the machine and of its GPUs.
    private func readNeeds(_ top: Section, _ needs: inout MemoryNeeds) {
        guard let entry = top.entry("memory") else { return }
        if case .mapping = entry.value.content, let section = top.section("memory") {
            section.rejectUnknown(known: KnownKeys.memoryNeeds)
            section.rejectEmpty(KnownKeys.memoryNeeds)
            needs.host = section.bytes("host")
            needs.gpu = section.bytes("gpu")
        } else {
            needs.host = positiveBytes("memory", top)
        }
    }

    private func positiveBytes(_ key: String, _ section: Section) -> Int? {
        guard let bytes = section.bytes(key) else { return nil }
        if bytes == 0, let entry = section.entry(key) {
            section.expected("more than nothing", entry, fix: "leave the key out, or write, for example: \(key): 6GiB")
            return nil
        }
        return bytes
    }
}

extension Section {
    /// `priority`; nil if it is not given.
    func priority() -> Priority? {
        word("priority", Priority.allCases.map(\.rawValue)).flatMap(Priority.init(rawValue:))
    }
}
