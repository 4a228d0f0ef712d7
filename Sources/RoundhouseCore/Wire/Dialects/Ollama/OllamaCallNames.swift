/// Gives calls of tools the ids that OpenAI's API wants, and finds the call that a result belongs to. Ollama's clients need not have any: they
/// name the tool, or just answer in order. The same conversation gets the same ids every time, so that an engine finds it in its cache.
struct OllamaCallNames {
    private var calls: [String] = []
    /// Calls before this one are answered.
    private var firstOpen = 0
    private var ofTool: [String: ArraySlice<String>] = [:]
    private var answered: Set<String> = []
    private var used: Set<String> = []

    /// A tool was called.
    /// - Parameter id: the client's own.
    mutating func called(_ tool: String, id: String?) -> String {
        let id = id.flatMap { $0.isEmpty ? nil : $0 } ?? made()
        used.insert(id)
        calls.append(id)
        ofTool[tool, default: []].append(id)
        return id
    }

    /// A result came: of the call with its id, else of the first of its tool that has none yet, else of the first of any.
    mutating func answered(name: String?, id: String?) -> String {
        let id = id.flatMap { $0.isEmpty ? nil : $0 } ?? name.flatMap { nextOpen(of: $0) } ?? nextOpen() ?? made()
        used.insert(id)
        answered.insert(id)
        return id
    }

    private mutating func nextOpen(of tool: String) -> String? {
        while let id = ofTool[tool]?.popFirst() {
            if !answered.contains(id) { return id }
        }
        return nil
    }

    private mutating func nextOpen() -> String? {
        while firstOpen < calls.count {
            firstOpen += 1
            if !answered.contains(calls[firstOpen - 1]) { return calls[firstOpen - 1] }
        }
        return nil
    }

    private func made() -> String {
        var number = used.count
        while used.contains("call_\(number)") { number += 1 }
        return "call_\(number)"
    }
}
