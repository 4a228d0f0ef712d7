import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct LockFileTests {
    @Test func secondHolderIsToldWhoTheFirstIs() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/lock"
            let first = try LockFile(path: path)
            let error = #expect(throws: LockFileError.self) { try LockFile(path: path) }
            guard case .taken(let pid, path)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(pid == getpid())
            #expect(error?.description.contains("process \(getpid()) is already serving") == true)
            withExtendedLifetime(first) {}
        }
    }

    @Test func lockEndsWithItsHolderAndOldTextIsReplaced() throws {
        try withTemporaryFolder { folder in
            let path = try folder.write("4194304999", to: "lock")
            for _ in 1...2 {
                let lock = try LockFile(path: path)
                #expect(contents(path) == String(getpid()))
                withExtendedLifetime(lock) {}
            }
        }
    }

    @Test func fileThatCannotBeWrittenIsNamed() {
        let error = #expect(throws: LockFileError.self) { try LockFile(path: "/nowhere/lock") }
        #expect(error?.description.contains("/nowhere/lock: No such file") == true)
    }
}

@Suite struct RuntimeDirectoryTests {
    private func directory(_ folder: TemporaryFolder, data: String = "/data") -> RuntimeDirectory {
        RuntimeDirectory(data: data, environment: ["XDG_RUNTIME_DIR": folder.path])
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func pathDependsOnTheDataFolderAlone() {
        let first = RuntimeDirectory(data: "/srv/a", environment: [:])
        #expect(first.path == RuntimeDirectory(data: "/srv/a", environment: ["HOME": "/root"]).path)
        #expect(first.path != RuntimeDirectory(data: "/srv/b", environment: [:]).path)
        #expect(first.path.hasPrefix("/tmp/roundhouse-\(getuid())-"))
        for useless in ["relative", "/" + String(repeating: "x", count: 60), ""] {
            #expect(RuntimeDirectory(data: "/srv/a", environment: ["XDG_RUNTIME_DIR": useless]).path == first.path)
        }
        #expect(
            RuntimeDirectory(data: "/srv/a", environment: ["XDG_RUNTIME_DIR": "/run/user/1"]).path.hasPrefix(
                "/run/user/1/"))
        #expect(first.controlSocket.utf8.count < 108)
    }

    @Test func folderIsPrivateAlsoIfItWasThereBefore() throws {
        try withTemporaryFolder { folder in
            let directory = directory(folder)
            try directory.create()
            #expect(try mode(directory.path) == 0o700)
            #expect(chmod(directory.path, 0o777) == 0)
            try directory.create()
            #expect(try mode(directory.path) == 0o700)
        }
    }

    @Test func linkOrFileInItsPlaceIsRefused() throws {
        try withTemporaryFolder { folder in
            let linked = directory(folder)
            #expect(symlink("/tmp", linked.path) == 0)
            let error = #expect(throws: RuntimeDirectoryError.self) { try linked.create() }
            #expect(error?.description == "\(linked.path) belongs to somebody else or is no folder")
            let file = directory(folder, data: "/other")
            try folder.write("", to: (file.path as NSString).lastPathComponent)
            #expect(throws: RuntimeDirectoryError.self) { try file.create() }
        }
    }

    @Test(.enabled(if: getuid() == 0, "giving a folder away takes root")) func foreignFolderIsRefused() throws {
        try withTemporaryFolder { folder in
            let directory = directory(folder)
            #expect(mkdir(directory.path, 0o777) == 0 && chown(directory.path, 65534, 65534) == 0)
            #expect(throws: RuntimeDirectoryError.self) { try directory.create() }
        }
    }

    @Test func folderThatCannotBeMadeSaysWhy() {
        let directory = RuntimeDirectory(data: "/data", environment: ["XDG_RUNTIME_DIR": "/nowhere"])
        let error = #expect(throws: RuntimeDirectoryError.self) { try directory.create() }
        #expect(error?.description == "\(directory.path) cannot be made: No such file or directory")
    }

    @Test func staleSocketIsRemovedAndNothingElse() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/a.sock"
            try RuntimeDirectory.removeStale(path)
            try makeSocket(path)
            try RuntimeDirectory.removeStale(path)
            #expect(!FileManager.default.fileExists(atPath: path))
            try folder.write("precious", to: "a.sock")
            let error = #expect(throws: RuntimeDirectoryError.self) { try RuntimeDirectory.removeStale(path) }
            #expect(error?.description == "\(path) is in the way of a socket; remove it")
            #expect(contents(path) == "precious")
            let long = "/tmp/" + String(repeating: "x", count: 103)
            let tooLong = #expect(throws: RuntimeDirectoryError.self) { try RuntimeDirectory.removeStale(long) }
            #expect(tooLong?.description == "\(long) is too long for a socket")
        }
    }

    @Test func removalTakesSocketsAndLeavesWhatIsNotOurs() throws {
        try withTemporaryFolder { folder in
            let directory = directory(folder)
            directory.remove()
            try directory.create()
            try makeSocket(directory.controlSocket)
            directory.remove()
            #expect(!FileManager.default.fileExists(atPath: directory.path))
            try directory.create()
            try makeSocket(directory.controlSocket)
            let note = try folder.write("", to: (directory.path as NSString).lastPathComponent + "/note")
            directory.remove()
            #expect(!FileManager.default.fileExists(atPath: directory.controlSocket))
            #expect(FileManager.default.fileExists(atPath: note))
        }
    }

    private func makeSocket(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    @Test func somethingInTheWayOfAnEngineIsNamedToo() async throws {
        try await supervise([]) { engine in
            try Data().write(to: URL(fileURLWithPath: engine.folder + "/run/0-m-1.sock"))
            let (cause, _) = try await engine.failure()
            #expect(cause.summary.contains("0-m-1.sock is in the way of a socket"))
            engine.pool.release(try await engine.place().get())
        }
    }
}
