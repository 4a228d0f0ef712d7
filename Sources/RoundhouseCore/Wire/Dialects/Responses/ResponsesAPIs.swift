extension Responses {
    /// The path of the API; what is kept of its answers lies below it.
    static func apis(clock: @escaping @Sendable () -> Int64) -> [DialectAPI] {
        let dialect = Responses(clock: clock)
        var api = DialectAPI(path: "/v1/responses", nativePath: "/responses", dialect: dialect)
        api.nativeEndings = ["response.completed", "response.incomplete", "response.failed", "error"]
        api.keeping = ResponsesKeeping(dialect: dialect)
        return [api]
    }
}
