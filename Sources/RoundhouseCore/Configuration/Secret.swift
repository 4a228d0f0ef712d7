/// A credential. It prints as dots, so that no log line, error or dump shows it by accident.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Wraps a credential.
    public init(_ value: String) {
        self.value = value
    }

    /// The credential itself, for the one place that sends it.
    public func reveal() -> String { value }

    /// Never the credential.
    public var description: String { "•••" }
    /// Never the credential.
    public var debugDescription: String { description }
    /// Never the credential, also not for `dump`.
    public var customMirror: Mirror { Mirror(reflecting: "•••") }
}
