import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct EngineLocatorTests {
    /// A data folder with the installed engine, and a folder for PATH with llama-server in it, as wanted.
    private func locator(
        _ folder: TemporaryFolder, isInstalled: Bool = false, isOnPath: Bool = false, named: String? = nil
    ) throws -> EngineLocator {
        if isInstalled {
            try folder.write("", to: "data/engines/llama-cpp/bin/python", mode: 0o755)
            try folder.write("", to: "data/engines/llama-cpp/\(EngineInstaller.stamp)")
        }
        if isOnPath { try folder.write("", to: "bin/llama-server", mode: 0o755) }
        try folder.write("", to: "share/llama-cpp/serve.py")
        var environment = [
            "PATH": "relative:\(folder.path)/empty:\(folder.path)/bin", "ROUNDHOUSE_ENGINES": folder.path + "/share",
        ]
        environment["ROUNDHOUSE_LLAMA_SERVER"] = named
        return EngineLocator(dataDirectory: folder.path + "/data", environment: environment)
    }

    private func wheel(_ folder: TemporaryFolder) -> EngineLocator.LlamaServer {
        .wheel(
            python: folder.path + "/data/engines/llama-cpp/bin/python",
            script: folder.path + "/share/llama-cpp/serve.py")
    }

    @Test func namedOneWinsOverPathAndPathOverTheInstalledOne() throws {
        try withTemporaryFolder { folder in
            let mine = try folder.write("", to: "mine/server", mode: 0o755)
            let all = try locator(folder, isInstalled: true, isOnPath: true, named: mine).llamaServer()
            #expect(all == .program(mine))
            let onPath = try locator(folder, isInstalled: true, isOnPath: true).llamaServer()
            #expect(onPath == .program(folder.path + "/bin/llama-server"))
            let empty = try locator(folder, isInstalled: true, isOnPath: true, named: "").llamaServer()
            #expect(empty == onPath)
        }
        try withTemporaryFolder { folder in
            let installed = try locator(folder, isInstalled: true).llamaServer()
            #expect(installed == wheel(folder))
        }
    }

    @Test func namedOneThatIsNoProgramIsNotReplacedByAnother() throws {
        try withTemporaryFolder { folder in
            let noProgram = try folder.write("", to: "notes.txt")
            for wrong in [noProgram, folder.path, folder.path + "/nothing"] {
                let made = try locator(folder, isInstalled: true, isOnPath: true, named: wrong)
                #expect(
                    made.problem(for: .llamaCpp) == "ROUNDHOUSE_LLAMA_SERVER names \(wrong), which is not a program.")
            }
        }
    }

    @Test func folderOnPathIsNoProgram() throws {
        try withTemporaryFolder { folder in
            _ = try folder.makeFolder("bin/llama-server")
            let found = try locator(folder, isInstalled: true).llamaServer()
            #expect(found == wheel(folder))
        }
    }

    @Test func relativeFoldersOfPathAreNotSearched() throws {
        try withTemporaryFolder { folder in
            try folder.write("", to: "llama-server", mode: 0o755)
            let here = FileManager.default.currentDirectoryPath
            let up = String(repeating: "../", count: here.split(separator: "/").count) + folder.path.dropFirst()
            let made = EngineLocator(dataDirectory: folder.path, environment: ["PATH": "\(up)::."])
            #expect(throws: EngineMissing.self) { try made.llamaServer() }
        }
    }

    @Test func missingOneSaysWhatToDo() throws {
        try withTemporaryFolder { folder in
            let made = try locator(folder)
            let problem = try #require(made.problem(for: .llamaCpp))
            #expect(problem.contains("`roundhouse engines install llama-cpp`") && problem.contains("PATH"))
            #expect(made.problem(for: .openAI) == nil)
        }
    }

    @Test func modelBecomesACommand() throws {
        try withTemporaryFolder { folder in
            let made = try locator(folder, isOnPath: true)
            var model = Model(
                name: "a", profile: .llamaCpp, source: SourceLocation(file: "a.yaml", line: 1),
                placement: .launched(LaunchSettings(weights: "/models/a.gguf")))
            let command = try made.command(for: model, address: .unix(path: "/run/a.sock"))
            #expect(command.program == folder.path + "/bin/llama-server" && command.arguments.contains("/run/a.sock"))
            #expect(command.environment["ROUNDHOUSE_ENGINES"] == nil && command.environment["PATH"] != nil)
            model.placement = .attached([])
            #expect(throws: EngineMissing.self) { try made.command(for: model, address: .unix(path: "/run/a.sock")) }
        }
    }
}

@Suite struct EnginesFolderTests {
    @Test func namedOneWins() {
        #expect(EnginesFolder.find(environment: ["ROUNDHOUSE_ENGINES": "/opt/engines"]) == "/opt/engines")
    }

    @Test(arguments: [[:], ["ROUNDHOUSE_ENGINES": ""]]) func checkoutAboveTheProgramIsFound(
        environment: [String: String]
    ) throws {
        let found = try #require(EnginesFolder.find(environment: environment))
        #expect(found.hasPrefix("/"))
        #expect(FileManager.default.contents(atPath: found + "/llama-cpp/serve.py") == sourceOfServe())
    }

    private func sourceOfServe() -> Data? {
        FileManager.default.contents(atPath: Built.root + "/engines/llama-cpp/serve.py")
    }

    @Test func pathOfTheProgramIsWhereItReallyIs() throws {
        let path = try #require(EnginesFolder.programPath())
        #expect(path.hasPrefix("/") && path == URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    }
}

@Suite struct BuiltProgramTests {
    /// Without them the tests of the supervision would show nothing.
    @Test(arguments: [Built.roundhouse, Built.fakeEngine]) func programIsBuilt(path: String) {
        #expect(FileManager.default.isExecutableFile(atPath: path), "\(path) is missing")
    }
}
