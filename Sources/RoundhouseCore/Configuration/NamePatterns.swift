/// A list of model names in which `*` stands for any text, also none, as in `embed-*`. Everything else is taken literally,
/// letter case included.
public struct NamePatterns: Sendable, Hashable {
    /// One object, so that whoever copies a list counts one reference.
    private final class Storage: Sendable {
        let patterns: [String]
        let bytes: [[UInt8]]

        init(_ patterns: [String]) {
            self.patterns = patterns
            bytes = patterns.map { Array($0.utf8) }
        }
    }

    private let storage: Storage

    /// The patterns as they were written.
    public var patterns: [String] { storage.patterns }

    /// Makes a list; an empty one matches nothing.
    public init(_ patterns: [String]) { storage = Storage(patterns) }

    /// Equal are lists of the same patterns in the same order.
    public static func == (a: NamePatterns, b: NamePatterns) -> Bool {
        a.storage === b.storage || a.patterns == b.patterns
    }

    /// Hashes the patterns.
    public func hash(into hasher: inout Hasher) { hasher.combine(patterns) }

    /// Whether any pattern matches the whole name.
    public func matches(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { name in storage.bytes.contains { Self.matches($0, name) } }
    }

    /// Linear in the name for each star: only the last star is ever gone back to.
    private static func matches(_ pattern: [UInt8], _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        var p = 0
        var n = 0
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                p = last.pattern + 1
                n = last.name + 1
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }
}
