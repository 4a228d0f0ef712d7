/// What is wrong with a form, as a sentence for people.
public struct MultipartError: Error, Sendable, Equatable {
    /// The sentence.
    public var message: String
    /// The part that is wrong, if it is one.
    public var parameter: String?

    init(_ message: String, parameter: String? = nil) {
        self.message = message
        self.parameter = parameter
    }
}
