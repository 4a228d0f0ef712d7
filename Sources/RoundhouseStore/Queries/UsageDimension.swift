/// What usage can be grouped by.
public enum UsageDimension: String, Sendable, CaseIterable {
    /// The feature that clients named.
    case feature
    /// Team of the key.
    case team
    /// Id of the key.
    case key
    /// The model that served.
    case model
    /// The engine of that model.
    case backend
    /// The route and the arm of its split, as `assistant/llama3`.
    case arm
    /// The day (UTC) on which the request began, as `2026-11-24`.
    case day
}
