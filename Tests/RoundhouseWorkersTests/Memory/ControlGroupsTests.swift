import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

/// On folders that imitate the kernel's. That the kernel itself plays along is shown by `make test-control-groups` alone.
@Suite struct ControlGroupsTests {
    /// A container's own group, with this process in it.
    private func imitate(_ folder: TemporaryFolder, path: String = "/", changes: [String: String?] = [:]) throws {
        let files: [String: String?] = [
            "cgroup.type": "domain\n", "cgroup.controllers": "cpu io memory pids\n", "cgroup.procs": "42\n",
        ]
        try folder.write("0::\(path)\n", to: "proc/self/cgroup")
        for case (let name, let text?) in files.merging(changes, uniquingKeysWith: { $1 }) {
            try folder.write(text, to: "sys/fs/cgroup\(path == "/" ? "" : path)/\(name)")
        }
    }

    @Test func aContainersOwnGroupIsDivided() throws {
        try withTemporaryFolder { folder in
            try imitate(folder)
            for other in ["engine-of-a-dead-gateway", "somebody"] {
                _ = try folder.makeFolder("sys/fs/cgroup/\(other)")
            }
            let groups = try #require(ControlGroups.take(root: folder.path, process: 42))
            let own = folder.path + "/sys/fs/cgroup"
            #expect(groups.folder == own)
            #expect(contents(own + "/gateway/cgroup.procs") == "42")
            #expect(contents(own + "/cgroup.subtree_control") == "+memory")
            let left = try FileManager.default.contentsOfDirectory(atPath: own)
            #expect(left.contains("somebody") && !left.contains("engine-of-a-dead-gateway"))
            let part = try #require(groups.part("3-m-1", limit: 1000, mapped: 24))
            #expect(part.folder == own + "/engine-3-m-1")
            #expect(contents(part.folder + "/memory.max") == "1024")
            #expect(contents(part.folder + "/memory.oom.group") == "1")
            #expect(contents(part.folder + "/memory.swap.max") == "0")
        }
    }

    @Test(
        arguments: [
            ("another process is in it", ["cgroup.procs": "7\n42\n"]),
            ("it has no control of memory", ["cgroup.controllers": "cpu pids\n"]),
            ("it is the machine's own root", ["cgroup.type": nil]),
        ] as [(String, [String: String?])])
    func whatIsNotOursIsLeftAlone(why: String, changes: [String: String?]) throws {
        try withTemporaryFolder { folder in
            try imitate(folder, changes: changes)
            #expect(ControlGroups.take(root: folder.path, process: 42) == nil, "\(why)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/sys/fs/cgroup/gateway"))
        }
    }

    @Test(arguments: ["/system.slice/roundhouse.service", "/../../elsewhere"])
    func aGroupThatNobodyHandedOnIsLeftAlone(path: String) throws {
        try withTemporaryFolder { folder in
            try imitate(folder, path: path)
            #expect(ControlGroups.take(root: folder.path, process: 42) == nil)
        }
    }

    @Test func versionOneHasNone() throws {
        try withTemporaryFolder { folder in
            try imitate(folder)
            try folder.write("4:memory:/docker/1\n", to: "proc/self/cgroup")
            #expect(ControlGroups.take(root: folder.path, process: 42) == nil)
        }
    }

    @Test func killsOfTheKernelAreRead() throws {
        try withTemporaryFolder { folder in
            let part = ControlGroups.Part(folder: folder.path, limit: 1000)
            #expect(!part.ranOut)
            try folder.write("low 0\nmax 31\noom 1\noom_kill 0\noom_group_kill 0\n", to: "memory.events")
            #expect(!part.ranOut)
            try folder.write("low 0\nmax 31\noom 1\noom_kill 2\noom_group_kill 1\n", to: "memory.events")
            #expect(part.ranOut)
        }
    }

    /// The kernel makes the files of a new group; here they are made before the engine comes.
    @Test func engineEntersItsGroupAndItsEndIsNamed() async throws {
        let tree = try TemporaryFolder()
        let own = try tree.makeFolder("group")
        let part = "group/engine-0-m-1"
        try tree.write("", to: part + "/cgroup.procs")
        try await supervise(
            ["--segfault-on-request"], change: { $0.memory.limit = 1 << 40 },
            settings: { $0.groups = ControlGroups(folder: own) }
        ) { engine in
            let lease = try await engine.place().get()
            #expect(contents("\(tree.path)/\(part)/cgroup.procs") == "0")
            #expect(Int(contents("\(tree.path)/\(part)/memory.max") ?? "") ?? 0 > 1 << 40)
            try tree.write("oom_kill 1\n", to: part + "/memory.events")
            await #expect(throws: (any Error).self) { try await engine.ask(lease) }
            let cause = try #require(await engine.exitCause(of: lease))
            #expect(cause.isOutOfMemory)
            #expect(cause.summary.hasPrefix("ran out of memory: the kernel killed it at its memory_limit of 1 TiB"))
        }
        try tree.remove()
    }
}
