internal import FoundationEssentials
internal import Subprocess
private import SystemPackage

#if canImport(Glibc)
private import Glibc
#endif

/// Installs engines that are Python packages, each into a private virtual environment under the data folder.
public struct EngineInstaller: Sendable {
    private let dataDirectory: String
    private let enginesDirectory: String
    private let python: String

    /// An installer.
    /// - Parameters:
    ///   - dataDirectory: absolute path; engines go into `engines/NAME` in it.
    ///   - enginesDirectory: the folder with each engine's `requirements.txt`.
    ///   - python: the Python to make environments with, a path or a name on PATH.
    public init(dataDirectory: String, enginesDirectory: String, python: String = "python3") {
        self.dataDirectory = dataDirectory
        self.enginesDirectory = enginesDirectory
        self.python = python
    }

    /// Path of an installed engine's Python.
    static func python(of engine: String, dataDirectory: String) -> String {
        "\(dataDirectory)/engines/\(engine)/bin/python"
    }

    /// What an installation came to.
    public enum Outcome: Sendable, Equatable {
        /// Nothing had to be done.
        case alreadyInstalled
        /// It has been installed or brought up to date.
        case installed
    }

    /// Installs an engine, or brings it to the versions that this Roundhouse wants.
    /// - Throws: `EngineInstallError`, with the last lines of whatever failed.
    public func install(_ engine: String, report: @Sendable (String) -> Void) async throws -> Outcome {
        let requirements = "\(enginesDirectory)/\(engine)/requirements.txt"
        let wanted = try read(requirements)
        let folder = "\(dataDirectory)/engines/\(engine)"
        let stamp = folder + "/roundhouse-requirements.txt"
        if access(Self.python(of: engine, dataDirectory: dataDirectory), X_OK) == 0,
            access(stamp, R_OK) == 0, try read(stamp) == wanted
        {
            return .alreadyInstalled
        }
        try makeFolder(dataDirectory + "/engines")
        report("making a Python environment in \(folder)")
        try await run(
            python, ["-m", "venv", "--clear", folder],
            hint: "Python 3.10 or newer with its venv module is needed (Debian: apt-get install python3-venv).")
        report("installing \(wanted.split(separator: "\n").joined(separator: ", "))")
        try await run(
            Self.python(of: engine, dataDirectory: dataDirectory),
            ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", "-r", requirements],
            hint: "pip could not install the engine; it needs PyPI or a mirror (pip's own settings apply).")
        try write(wanted, to: stamp)
        return .installed
    }

    private func run(_ program: String, _ arguments: [String], hint: String) async throws {
        let executable: Executable = program.contains("/") ? .path(.init(program)) : .name(program)
        do {
            let result = try await Subprocess.run(
                executable, arguments: Arguments(arguments), output: .string(limit: 1 << 20), error: .combinedWithOutput
            )
            guard result.terminationStatus.isSuccess else {
                let lines = result.standardOutput.split(separator: "\n").suffix(8)
                throw EngineInstallError("\(hint) Its last lines:\n\(lines.joined(separator: "\n"))")
            }
        } catch let error as SubprocessError {
            throw EngineInstallError("\(hint) (\(program): \(error))")
        }
    }

    private func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw EngineInstallError("\(path) cannot be made: \(error)")
        }
    }

    private func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else {
            throw EngineInstallError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w"), fputs(text, file) >= 0, fclose(file) == 0 else {
            throw EngineInstallError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}

/// An engine could not be installed.
public struct EngineInstallError: Error, CustomStringConvertible {
    /// What failed, and what is needed.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
