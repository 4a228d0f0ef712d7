internal import RoundhouseCore

/// What a head says of a body that an API would not take, so that nobody sends it in vain.
enum BodyCheck {
    /// The boundary of the form, where the API takes one.
    /// - Throws: when the body is too large, or of the wrong kind.
    static func check(
        _ facts: RequestFacts, _ route: Route, _ api: InferenceAPI, _ settings: ServerSettings
    ) throws(GatewayError) -> MultipartBoundary? {
        guard api.isUpload else {
            if let length = facts.contentLength, length > settings.maxBody {
                if let mistake = formInsteadOfJSON(facts, route.label) { throw mistake }
                throw .bodyTooLarge(limit: settings.maxBody)
            }
            return nil
        }
        let boundary = try boundary(facts, route)
        if let length = facts.contentLength, length > settings.maxUpload {
            throw .uploadTooLarge(limit: settings.maxUpload)
        }
        return boundary
    }

    private static func boundary(_ facts: RequestFacts, _ route: Route) throws(GatewayError) -> MultipartBoundary {
        guard let type = facts.contentType, MultipartBoundary.isForm(type) else {
            let found = facts.contentType.map { "is \($0.quotedForMessage)" } ?? "is missing"
            throw .invalidBody(
                message: "\(route.label) takes a form, multipart/form-data, with the file and the model in it; the "
                    + "Content-Type \(found). With curl: -F model=NAME -F file=@PATH.", parameter: nil)
        }
        do {
            return try MultipartBoundary(contentType: type)
        } catch {
            throw .invalidBody(message: error.message, parameter: nil)
        }
    }

    /// What is said of a form where JSON is expected; nil if it is none.
    static func formInsteadOfJSON(_ facts: RequestFacts, _ route: String) -> GatewayError? {
        guard let type = facts.contentType, MultipartBoundary.isForm(type) else { return nil }
        return .invalidBody(
            message: "\(route) takes a JSON object, application/json; this is a form, multipart/form-data.",
            parameter: nil)
    }
}
