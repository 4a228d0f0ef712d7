import Testing

@testable import RoundhouseWorkers

#if canImport(Glibc)
import Glibc
#endif

@Suite struct ProcessMemoryTests {
    @Test func ownMemory() throws {
        let bytes = try #require(ProcessMemory.ownResidentBytes)
        #expect(bytes > 1 << 20)
        #expect(bytes % Int(getpagesize()) == 0)
    }

    @Test func ownAndMappedBytesAreToldApart() throws {
        let before = try #require(ProcessMemory.usage(of: [getpid()]))
        let size = 64 << 20
        let place = try #require(mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
        memset(place, 1, size)
        defer { munmap(place, size) }
        let after = try #require(ProcessMemory.usage(of: [getpid()]))
        // Other tests run beside this one.
        #expect(after.own - before.own > size / 2)
        #expect(after.mapped > 1 << 20)
    }

    @Test func noProcess() {
        #expect(ProcessMemory.usage(of: [.max, -1]) == nil)
        #expect(ProcessMemory.descendants(of: .max).isEmpty)
    }
}
