/// An error as clients read it.
public enum ErrorBody {
    /// `{"error":{"message","type","param","code"}}`, as OpenAI's API answers it: all four keys, null where unknown.
    public static func json(_ answer: ErrorAnswer) -> [UInt8] {
        var bytes = Array(#"{"error":{"message":"#.utf8)
        bytes += JSONText.quoted(answer.message)
        bytes += Array(#","type":"#.utf8) + JSONText.quoted(answer.type)
        bytes += Array(#","param":"#.utf8) + (answer.parameter.map(JSONText.quoted) ?? Array("null".utf8))
        bytes += Array(#","code":"#.utf8) + (answer.code.map(JSONText.quoted) ?? Array("null".utf8))
        bytes += Array("}}".utf8)
        return bytes
    }

    /// The same for an admin route.
    public static func json(adminStatus status: Int, message: String) -> [UInt8] {
        let isServers = status >= 500
        return json(
            ErrorAnswer(
                status, isServers ? "server_error" : "invalid_request_error",
                isServers ? "internal_error" : "bad_request",
                message))
    }

    /// The same as an event of a stream. OpenAI's clients raise an error when the data of an event has `error` in it.
    public static func event(_ answer: ErrorAnswer) -> [UInt8] {
        Array("data: ".utf8) + json(answer) + Array("\n\n".utf8)
    }
}
