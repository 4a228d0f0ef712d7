import Foundation
import RoundhouseConfig
import RoundhouseCore

/// Temporary models and config folders; removed with the value.
final class Fixture {
    let root: String

    /// Writes files, whose keys are paths such as `models/a.yaml`, and loads them.
    init(_ files: [String: String]) throws {
        root = NSTemporaryDirectory() + "roundhouse-config-" + UUID().uuidString
        for folder in ["models", "config"] {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
        }
        for (path, text) in files { try write(path, Data(text.utf8)) }
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: root)
        } catch {
            print("left behind: \(root): \(error)")
        }
    }

    func write(_ path: String, _ data: Data) throws {
        try data.write(to: URL(fileURLWithPath: "\(root)/\(path)"))
    }

    /// Takes everybody else's rights to a file away.
    func protect(_ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(root)/\(path)")
    }

    func load(
        environment: [String: String] = [:], data: String? = nil,
        engineProblem: @escaping @Sendable (EngineProfile) -> String? = { _ in nil },
        knowsTools: @escaping @Sendable (LaunchSettings) -> Bool? = { _ in nil }
    ) -> LoadResult {
        loader(
            environment: environment, data: data,
            machine: MachineFacts(engineProblem: engineProblem, knowsTools: knowsTools)
        ).load()
    }

    /// A loader of the folders, which must not outlive the fixture.
    func loader(
        environment: [String: String] = [:], data: String? = nil,
        machine: MachineFacts = MachineFacts()
    ) -> ConfigurationLoader {
        ConfigurationLoader(
            models: "\(root)/models", config: "\(root)/config", data: data, environment: environment,
            machine: machine)
    }

    /// A fixture with one model file, and weights `w.gguf`.
    static func model(_ yaml: String) throws -> Fixture {
        try Fixture(["models/a.yaml": yaml, "models/w.gguf": "weights"])
    }

    /// Loads one model file that must yield one model and no error.
    static func good(_ yaml: String, environment: [String: String] = [:]) throws -> Model {
        let fixture = try model(yaml)
        let result = fixture.load(environment: environment)
        guard let model = result.configuration?.models.first, !result.hasErrors else {
            throw Unexpected(problems: result.problems.map(\.description))
        }
        return model
    }
}

struct Unexpected: Error {
    var problems: [String]
}
