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
    private let wheels: String?

    /// An installer.
    /// - Parameters:
    ///   - dataDirectory: absolute path; environments go into `engines/NAME` in it.
    ///   - enginesDirectory: the folder with each environment's `requirements.txt`.
    ///   - python: the Python to make environments with, a path or a name on PATH.
    ///   - wheels: a folder of wheels to install from, with no index asked; nil asks the index of pip's own settings.
    public init(dataDirectory: String, enginesDirectory: String, python: String = "python3", wheels: String? = nil) {
        self.dataDirectory = dataDirectory
        self.enginesDirectory = enginesDirectory
        self.python = python
        self.wheels = wheels
    }

    /// Path of an environment's Python.
    static func python(of environment: String, dataDirectory: String) -> String {
        "\(folder(of: environment, dataDirectory: dataDirectory))/bin/python"
    }

    static func folder(of environment: String, dataDirectory: String) -> String {
        "\(dataDirectory)/engines/\(environment)"
    }

    /// The copy of its requirements in an environment that was installed to its end.
    static let stamp = "roundhouse-requirements.txt"

    /// What an installation came to.
    public enum Outcome: Sendable, Equatable {
        /// Nothing had to be done.
        case alreadyInstalled
        /// It has been installed or brought up to date.
        case installed
    }

    /// Installs an environment, or brings it to the versions that this Roundhouse wants.
    /// - Parameter report: called with a line for each step and each package.
    /// - Throws: `EngineInstallError`, with the last lines of whatever failed.
    public func install(_ environment: String, report: @escaping @Sendable (String) -> Void) async throws -> Outcome {
        let requirements = "\(enginesDirectory)/\(environment)/requirements.txt"
        let wanted = try SmallFile.read(requirements)
        let folder = Self.folder(of: environment, dataDirectory: dataDirectory)
        let interpreter = Self.python(of: environment, dataDirectory: dataDirectory)
        let stamp = "\(folder)/\(Self.stamp)"
        if access(interpreter, X_OK) == 0, access(stamp, R_OK) == 0, try SmallFile.read(stamp) == wanted {
            return .alreadyInstalled
        }
        if let wheels, access(wheels, R_OK | X_OK) != 0 {
            throw EngineInstallError("--wheels names \(wheels), which is no folder that can be read.")
        }
        try makeFolder(dataDirectory + "/engines")
        report("making a Python environment in \(folder)")
        try await run(
            python, ["-m", "venv", "--clear", folder],
            hint:
                "Python 3.11 (3.10 for llama-cpp) or newer with its venv module is needed (Debian: apt-get install python3-venv)."
        )
        let source = wheels.map { ["--no-index", "--find-links", $0] } ?? []
        let hint =
            wheels.map { "pip could not install the engine from \($0); it must hold a wheel of every package." }
            ?? "pip could not install the engine; it needs PyPI or a mirror (pip's own settings apply)."
        try await run(
            interpreter,
            ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"] + source
                + ["-r", requirements], hint: hint
        ) { line in
            if let step = PipLine.step(line) { report(step) }
        }
        try await removeUnwanted(environment, interpreter, report)
        try SmallFile.write(wanted, to: stamp)
        return .installed
    }

    /// Removes packages that came along and harm the engine: those that `uninstall.txt` names.
    private func removeUnwanted(
        _ environment: String, _ interpreter: String, _ report: @Sendable (String) -> Void
    ) async throws {
        let list = "\(enginesDirectory)/\(environment)/uninstall.txt"
        guard access(list, R_OK) == 0 else { return }
        let names = try SmallFile.read(list).split(separator: "\n").map { $0.prefix { $0 != "#" } }.filter {
            !$0.isEmpty
        }.map(String.init)
        guard !names.isEmpty else { return }
        report("removing \(names.joined(separator: ", "))")
        try await run(
            interpreter, ["-m", "pip", "uninstall", "--disable-pip-version-check", "--yes", "--quiet"] + names,
            hint: "pip could not remove packages that harm the engine.")
    }

    /// Removes an environment.
    /// - Returns: false if there is none.
    /// - Throws: `EngineInstallError`
    public func remove(_ environment: String) throws -> Bool {
        let folder = Self.folder(of: environment, dataDirectory: dataDirectory)
        guard access(folder, F_OK) == 0 else { return false }
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            throw EngineInstallError("\(folder) cannot be removed: \(error)")
        }
        return true
    }

    private func run(
        _ program: String, _ arguments: [String], hint: String, line: @escaping @Sendable (Substring) -> Void = { _ in }
    ) async throws {
        let executable: Executable = program.contains("/") ? .path(.init(program)) : .name(program)
        let output = LogRing(path: nil)
        do {
            let result = try await Subprocess.run(
                executable, arguments: Arguments(arguments), input: .none, output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                var rest = ""
                for try await bytes in execution.standardOutput {
                    let piece = bytes.withUnsafeBytes { Array($0) }
                    output.append(piece)
                    rest += String(decoding: piece, as: UTF8.self)
                    while let end = rest.firstIndex(of: "\n") {
                        line(rest[..<end])
                        rest = String(rest[rest.index(after: end)...])
                    }
                }
            }
            guard result.terminationStatus.isSuccess else {
                throw EngineInstallError("\(hint) Its last lines:\n\(output.last(8).joined(separator: "\n"))")
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
}

/// What pip says, cut to what somebody who waits wants to see.
enum PipLine {
    /// The step that a line of pip tells of; nil if it is of no interest.
    static func step(_ line: Substring) -> String? {
        let text = line.drop { $0 == " " }
        for (start, verb) in [
            ("Collecting ", "collecting"), ("Downloading ", "downloading"), ("Processing ", "taking"),
        ]
        where text.hasPrefix(start) {
            return "\(verb) \(text.dropFirst(start.count).prefix { $0 != ";" })"
        }
        guard text.hasPrefix("Installing collected packages: ") else { return nil }
        return "installing \(text.split(separator: ",").count) packages"
    }
}

/// Reads and writes files of a few lines.
enum SmallFile {
    static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else {
            throw EngineInstallError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws {
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
