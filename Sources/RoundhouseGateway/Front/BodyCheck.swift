internal import NIOCore
internal import NIOHTTP1
internal import RoundhouseCore

/// Whether a body is of the size and kind that an API takes. What the head says is looked at before the body comes, so that
/// nobody sends it in vain.
enum BodyCheck {
    /// The boundary of the form, where the API takes one.
    /// - Throws: when the body is too large, or of the wrong kind.
    static func check(
        _ head: HTTPRequestHead, _ facts: RequestFacts, _ route: Route, _ api: InferenceAPI, _ snapshot: Snapshot
    ) throws(GatewayError) -> MultipartBoundary? {
        guard api.isUpload else {
            guard let length = facts.contentLength, length > snapshot.settings.maxBody else { return nil }
            let isForm = head.headers["content-type"].contains(where: MultipartBoundary.isForm)
            throw isForm ? formInsteadOfJSON(route.label) : .bodyTooLarge(limit: snapshot.settings.maxBody)
        }
        let boundary = try boundary(head, route)
        if let length = facts.contentLength, length > snapshot.settings.maxUpload {
            throw .uploadTooLarge(limit: snapshot.settings.maxUpload)
        }
        return boundary
    }

    private static func boundary(_ head: HTTPRequestHead, _ route: Route) throws(GatewayError) -> MultipartBoundary {
        let types = head.headers["content-type"]
        guard types.count <= 1 else {
            throw .invalidBody(message: "The request has more than one Content-Type.", parameter: nil)
        }
        guard let type = types.first, MultipartBoundary.isForm(type) else {
            let found = types.first.map { "is \($0.quotedForMessage)" } ?? "is missing"
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

    /// Whether a body that is no JSON looks like a form: it begins with the dashes of a boundary.
    static func isForm(_ body: ByteBuffer) -> Bool {
        body.readableBytesView.drop { $0 == 0x0d || $0 == 0x0a }.starts(with: "--".utf8)
    }

    /// What is said of a form where JSON is expected.
    static func formInsteadOfJSON(_ route: String) -> GatewayError {
        .invalidBody(
            message: "\(route) takes a JSON object, application/json; this is a form, multipart/form-data.",
            parameter: nil)
    }
}
