private import FoundationEssentials
internal import RoundhouseCore

/// The folder in which engines leave pictures whose URL was asked for: `MODEL/NAME`. An engine removes them when their time is over,
/// and when it ends.
struct PictureFolder: Sendable {
    private let folder: String
    private static let prefix = "/v1/files/images/"

    /// - Parameter folder: absolute path.
    init(_ folder: String) {
        self.folder = folder
    }

    /// The answer for a path; reads a file, so it is not for event loops.
    func answer(_ path: String) -> LocalAnswer {
        let parts = path.dropFirst(Self.prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard path.hasPrefix(Self.prefix), parts.count == 2, parts.allSatisfy(Self.isName),
            let type = Self.types[parts[1].split(separator: ".").last ?? ""]
        else { return LocalAnswer(.unknownPicture) }
        do {
            let data = try Data(contentsOf: URL(filePath: "\(folder)/\(parts[0])/\(parts[1])"))
            var answer = LocalAnswer(contentType: type, body: Array(data))
            answer.headers = [("cache-control", "private, max-age=60"), ("x-content-type-options", "nosniff")]
            return answer
        } catch {
            return LocalAnswer(.unknownPicture)
        }
    }

    private static let types: [Substring: StaticString] = [
        "png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp",
    ]

    /// Letters, digits, dashes, underscores and dots, with no dot in front.
    private static func isName(_ part: Substring) -> Bool {
        !part.isEmpty && part.first != "."
            && part.utf8.allSatisfy { byte in
                let lower = byte | 0x20
                return (lower >= 0x61 && lower <= 0x7a) || (byte >= 0x30 && byte <= 0x39)
                    || byte == 0x2d || byte == 0x5f || byte == 0x2e
            }
    }
}
