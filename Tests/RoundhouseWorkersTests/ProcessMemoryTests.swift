import RoundhouseWorkers
import Testing

#if canImport(Glibc)
import Glibc
#endif

@Suite struct ProcessMemoryTests {
    @Test func ownMemory() throws {
        let bytes = try #require(ProcessMemory.residentBytes(of: getpid()))
        #expect(bytes > 1 << 20)
        #expect(bytes % Int(getpagesize()) == 0)
    }

    @Test func noProcess() {
        #expect(ProcessMemory.residentBytes(of: .max) == nil)
        #expect(ProcessMemory.residentBytes(of: -1) == nil)
    }
}
