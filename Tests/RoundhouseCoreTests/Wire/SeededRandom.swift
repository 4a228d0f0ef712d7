/// SplitMix64: the same numbers on every run, so that what a fuzz test finds can be found again.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// True once in `times`.
    mutating func one(in times: Int) -> Bool {
        Int.random(in: 0..<times, using: &self) == 0
    }

    mutating func below(_ limit: Int) -> Int {
        Int.random(in: 0..<limit, using: &self)
    }

    mutating func pick<T>(_ choices: [T]) -> T {
        choices[below(choices.count)]
    }

    /// Cuts bytes into pieces, each a copy of its own, so that reading beyond a piece does not find the next one
    /// there and go unnoticed. Now and then a piece is empty.
    mutating func pieces(of bytes: [UInt8], longest: Int) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + below(longest + 1))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }

    /// A few random changes to a text: bytes lost, added, exchanged or repeated, or the end cut off.
    mutating func mutated(_ original: [UInt8], inserting alphabet: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(3) {
            guard !bytes.isEmpty else { break }
            let place = below(bytes.count)
            switch below(6) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(pick(alphabet), at: place)
            case 2: bytes[place] = pick(alphabet)
            case 3: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 4:
                let end = min(bytes.count, place + 1 + below(12))
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: below(bytes.count))
            default: if one(in: 3) { bytes.removeLast(bytes.count - place) }
            }
        }
        return bytes
    }
}
