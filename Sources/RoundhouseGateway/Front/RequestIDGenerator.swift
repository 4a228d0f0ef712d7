/// Makes request ids: `r` and 14 letters and digits, 70 random bits.
///
/// Fifteen bytes are what a Swift string holds without an allocation. The ids need to be unique, not secret; hence
/// a generator seeded once from the system (xoshiro256**, Blackman and Vigna 2018) in place of a system call each.
struct RequestIDGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init() {
        var system = SystemRandomNumberGenerator()
        state = (system.next(), system.next(), system.next(), system.next() | 1)
    }

    mutating func next() -> String {
        var first = random()
        var second = random()
        return String(unsafeUninitializedCapacity: 15) { buffer in
            buffer[0] = UInt8(ascii: "r")
            for index in 1...7 {
                buffer[index] = Self.alphabet(first)
                buffer[index + 7] = Self.alphabet(second)
                first >>= 5
                second >>= 5
            }
            return 15
        }
    }

    /// Crockford's base 32, in lower case: no letter that looks like a digit.
    private static func alphabet(_ bits: UInt64) -> UInt8 {
        let letters: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
        return letters.utf8Start[Int(bits & 31)]
    }

    private mutating func random() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }
}
