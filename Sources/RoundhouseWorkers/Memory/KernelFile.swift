#if canImport(Glibc)
private import Glibc
#endif

/// Files and folders of the kernel's, which are small and never wait for a disk.
enum KernelFile {
    /// A file's first 64 KiB; empty if it cannot be read, as when its process has ended meanwhile.
    static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

    /// The same as bytes.
    static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        return [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
    }

    /// The names in a folder without `.` and `..`; none if it cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
