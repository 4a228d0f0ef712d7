internal import FoundationEssentials

#if canImport(Glibc)
private import Glibc
#endif

/// An environment that `roundhouse engines install` has made.
public struct InstalledEngine: Sendable, Equatable {
    /// Its packages as they were pinned, `name version`, the engine's own first.
    public var packages: [String]
    /// Version of its Python.
    public var python: String
    /// Bytes of all its files.
    public var bytes: Int64
    /// Whether it has the versions that this Roundhouse wants.
    public var isCurrent: Bool

    /// Looks at an environment; nil if it is not there or was not installed to its end.
    public init?(_ environment: String, dataDirectory: String, enginesDirectory: String) {
        let folder = EngineInstaller.folder(of: environment, dataDirectory: dataDirectory)
        guard let stamp = Self.text("\(folder)/\(EngineInstaller.stamp)") else { return nil }
        packages = stamp.split(separator: "\n").filter { !$0.hasPrefix("#") && $0.contains("==") }.map {
            String($0).replacing("==", with: " ")
        }
        let settings = Self.text("\(folder)/pyvenv.cfg") ?? ""
        python =
            settings.split(separator: "\n").first { $0.hasPrefix("version") }?
            .split(separator: "=").last.map { String($0.drop { $0 == " " }) } ?? "?"
        isCurrent = Self.text("\(enginesDirectory)/\(environment)/requirements.txt") == stamp
        bytes = Self.bytes(of: folder)
    }

    private static func text(_ path: String) -> String? {
        guard access(path, R_OK) == 0 else { return nil }
        return try? SmallFile.read(path)
    }

    /// Links count as links.
    private static func bytes(of folder: String) -> Int64 {
        guard let paths = try? FileManager.default.subpathsOfDirectory(atPath: folder) else { return 0 }
        return paths.reduce(0) { sum, path in
            var info = stat()
            guard lstat("\(folder)/\(path)", &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return sum }
            return sum + Int64(info.st_size)
        }
    }
}
