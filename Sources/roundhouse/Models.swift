internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore
internal import RoundhouseWorkers

/// `roundhouse models`
struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Load and unload models, and see which fit into memory together.",
        subcommands: [ModelsLoad.self, ModelsUnload.self, ModelsFit.self])
}

/// `roundhouse models load`
struct ModelsLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Load a model into memory, and return when it is ready.",
        discussion: "Idle models are unloaded for it if the memory budget asks for that, as for a request.")

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of a model that the gateway launches.")
    var model: String

    /// Loads of large models from slow disks take minutes.
    private static let limit = Duration.seconds(3600)

    func run() async throws {
        let route = "/admin/models/load?model=\(URLText.encoded(model))"
        _ = try await ControlSocket(folders).ask("POST", route, limit: Self.limit)
        print("\(model) is ready.")
    }
}

/// `roundhouse models unload`
struct ModelsUnload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unload", abstract: "Unload a model as soon as its requests are answered.",
        discussion: "This also goes for pinned models. The next request for it loads it again.")

    @OptionGroup var folders: FolderOptions
    @Argument(help: "Name of a model that the gateway launches.")
    var model: String

    func run() async throws {
        let route = "/admin/models/unload?model=\(URLText.encoded(model))"
        let body = try await ControlSocket(folders).ask("POST", route)
        let outcome = try JSONDecoder().decode(EngineService.Outcome.self, from: Data(body))
        guard let requests = outcome.requests else {
            print("\(model) is unloaded.")
            return
        }
        print("\(model) is unloaded when its \(requests) \(requests == 1 ? "request is" : "requests are") answered.")
    }
}

/// Texts in URLs.
enum URLText {
    /// With everything but letters, digits and `-._~` written as `%XX` (RFC 3986, section 2).
    static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(Character(UnicodeScalar(byte)))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
