#if canImport(Glibc)
private import Glibc
#endif

/// The word with which some engines end an answer that they were stopped in: the stream looks whole otherwise.
enum AbortMark {
    private static let text: StaticString = "\"finish_reason\":\"abort\""

    /// Whether it is in these bytes. Engines write an event at once, so that it is not looked for across reads.
    static func isIn(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        let length = text.utf8CodeUnitCount
        var index = 0
        // The f is the rarest of its letters in what engines write.
        while index < bytes.count, let hit = memchr(base + index, 0x66, bytes.count - index) {
            let start = UnsafeRawPointer(hit) - base - 1
            index = start + 2
            if start >= 0, start + length <= bytes.count, memcmp(base + start, text.utf8Start, length) == 0 {
                return true
            }
        }
        return false
    }
}
