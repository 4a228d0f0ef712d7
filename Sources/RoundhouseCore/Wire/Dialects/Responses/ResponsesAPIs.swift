extension Responses {
    /// The path of the API. Answers are not stored, so that there is nothing to get or to delete.
    static func apis(clock: @escaping @Sendable () -> Int64) -> [DialectAPI] {
        [DialectAPI(path: "/v1/responses", nativePath: "/responses", dialect: Responses(clock: clock))]
    }
}
