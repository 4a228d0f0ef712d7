extension Model {
    /// The tokens that prompt and answer of one request may have together; nil if that is not known for sure: an engine that
    /// runs elsewhere, one that goes by its weights' own limit, or one whose arguments change what the figure means.
    public var context: Int? {
        guard case .launched(let settings) = placement, profile.launch?.keys.contains("context_size") == true,
            settings.isContextSizeGiven || profile.dividesContext
        else { return nil }
        let changing = ["--kv-unified", "-kvu", "--context-shift"]
        guard !settings.arguments.contains(where: { changing.contains(String($0.prefix { $0 != "=" })) }) else {
            return nil
        }
        // What llama.cpp divides by slots it rounds up to whole blocks.
        return profile.dividesContext ? (settings.contextSize + 255) / 256 * 256 : settings.contextSize
    }
}
