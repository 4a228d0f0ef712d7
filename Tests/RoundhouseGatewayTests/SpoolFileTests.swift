import Foundation
import NIOCore
import Testing

@testable import RoundhouseGateway

#if canImport(Glibc)
import Glibc
#endif

/// Files without names, made either way.
@Suite struct SpoolFileTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = try TestGateway.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func code(_ body: () throws -> Void) -> Int32? {
        do { try body() } catch let error as IOError { return error.errnoCode } catch {}
        return nil
    }

    /// What this process has open below a folder: the target of each descriptor, its mode, its flags.
    private func open(below folder: String) throws -> [(target: String, mode: mode_t, flags: Int32)] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { name in
            guard let descriptor = Int32(name),
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"),
                target.hasPrefix(folder)
            else { return nil }
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return nil }
            return (target, status.st_mode & 0o777, fcntl(descriptor, F_GETFD))
        }
    }

    @Test(arguments: [true, false]) func whatIsWrittenIsRead(unnamed: Bool) throws {
        try inFolder { folder in
            let file = try SpoolFile(in: folder + "/uploads", unnamed: unnamed)
            try file.write(ByteBuffer(string: "hello "), at: 0)
            try file.write(ByteBuffer(string: "world"), at: 6)
            #expect(try file.read(0..<11) == ByteBuffer(string: "hello world"))
            #expect(try file.read(4..<7) == ByteBuffer(string: "o w"))
            #expect(code { _ = try file.read(5..<12) } == EIO, "what was not written cannot be read")
        }
    }

    @Test(arguments: [true, false]) func nobodyElseSeesIt(unnamed: Bool) throws {
        try inFolder { folder in
            let file = try SpoolFile(in: folder + "/uploads", unnamed: unnamed)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/uploads").isEmpty)
            let found = try open(below: folder)
            #expect(found.count == 1)
            #expect(found.first?.target.hasSuffix(" (deleted)") == true)
            #expect(found.first?.mode == 0o600)
            #expect(found.first.map { $0.flags & FD_CLOEXEC } == FD_CLOEXEC, "engines do not inherit it")
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/uploads")[.posixPermissions]
            #expect(mode as? Int == 0o700)
            file.close()
            #expect(try open(below: folder).isEmpty)
        }
    }

    @Test func itIsClosedOnceAndAtLastWithItsOwner() throws {
        try inFolder { folder in
            let file = try SpoolFile(in: folder)
            file.close()
            file.close()
            #expect(code { try file.write(ByteBuffer(string: "x"), at: 0) } == EBADF)
            #expect(code { _ = try file.read(0..<1) } == EBADF)
            do { _ = try SpoolFile(in: folder) }
            #expect(try open(below: folder).isEmpty)
        }
    }

    @Test(arguments: [true, false]) func withoutAFolderThereIsNone(unnamed: Bool) throws {
        try inFolder { folder in
            #expect(code { _ = try SpoolFile(in: folder + "/a/b", unnamed: unnamed) } == ENOENT)
            try Data().write(to: URL(fileURLWithPath: folder + "/file"))
            #expect(code { _ = try SpoolFile(in: folder + "/file", unnamed: unnamed) } == ENOTDIR)
        }
    }
}
