import Testing

@testable import RoundhouseWorkers

@Suite struct MachineMemoryTests {
    private let meminfo = "MemTotal:       16000000 kB\nMemFree: 1 kB\n"

    @Test func thisMachineHasSome() throws {
        let total = try #require(MachineMemory.total())
        #expect(total > 256 << 20)
    }

    @Test func withoutGroupsTheMachineCounts() throws {
        try withTemporaryFolder { folder in
            try folder.write(meminfo, to: "proc/meminfo")
            #expect(MachineMemory.total(root: folder.path) == 16_000_000 << 10)
            try folder.write("0::/user.slice\n", to: "proc/self/cgroup")
            try folder.write("max\n", to: "sys/fs/cgroup/user.slice/memory.max")
            #expect(MachineMemory.total(root: folder.path) == 16_000_000 << 10)
        }
        #expect(MachineMemory.total(root: "/nowhere") == nil)
    }

    @Test func theSmallestLimitOfAllGroupsAboveCounts() throws {
        try withTemporaryFolder { folder in
            try folder.write(meminfo, to: "proc/meminfo")
            try folder.write("0::/a/b\n", to: "proc/self/cgroup")
            try folder.write("8589934592\n", to: "sys/fs/cgroup/a/b/memory.max")
            try folder.write("4294967296\n", to: "sys/fs/cgroup/a/memory.max")
            #expect(MachineMemory.total(root: folder.path) == 4 << 30)
        }
    }

    /// In a container the group's own folder is the root, whatever path the kernel tells.
    @Test func aContainersLimitCounts() throws {
        try withTemporaryFolder { folder in
            try folder.write(meminfo, to: "proc/meminfo")
            try folder.write("0::/../../docker/0123\n", to: "proc/self/cgroup")
            try folder.write("2147483648\n", to: "sys/fs/cgroup/memory.max")
            #expect(MachineMemory.total(root: folder.path) == 2 << 30)
        }
    }

    @Test func limitsOfVersionOneCount() throws {
        try withTemporaryFolder { folder in
            try folder.write(meminfo, to: "proc/meminfo")
            try folder.write("5:cpu:/x\n4:memory:/docker/0123\n0::/\n", to: "proc/self/cgroup")
            try folder.write("9223372036854771712\n", to: "sys/fs/cgroup/memory/docker/0123/memory.limit_in_bytes")
            #expect(MachineMemory.total(root: folder.path) == 16_000_000 << 10)
            try folder.write("1073741824\n", to: "sys/fs/cgroup/memory/memory.limit_in_bytes")
            #expect(MachineMemory.total(root: folder.path) == 1 << 30)
        }
    }
}
