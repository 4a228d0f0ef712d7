import Foundation

/// What engines once sent, or what their documentation shows (`Tests/Transcripts`).
enum Transcript {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Transcripts").path

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
    }

    /// A documented body with the smallest head that a server can send with it.
    static func answer(_ name: String, status: String = "200 OK") throws -> [UInt8] {
        let body = try bytes(name)
        let type = name.hasSuffix(".sse") ? "text/event-stream" : "application/json"
        return Array("HTTP/1.1 \(status)\r\ncontent-type: \(type)\r\ncontent-length: \(body.count)\r\n\r\n".utf8) + body
    }
}
