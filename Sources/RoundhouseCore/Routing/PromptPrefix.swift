/// Hashes of a prompt's beginnings, each longer than the one before, so that prompts which begin alike have the first ones in
/// common. It is the prompt as it stands in the request, all messages of it: a conversation's next turn begins with the last one.
public struct PromptPrefix: Sendable, Equatable {
    /// From the shortest beginning to the longest.
    public private(set) var hashes: [UInt64] = []

    /// The shortest beginning, and the distance of the first ones, in bytes.
    static let firstBlock = 256
    /// From here on they are this far apart: a beginning is as long as an engine's cache needs it, and no more are kept than pay.
    static let sparseFrom = 16_384
    static let sparseBlock = 4096
    /// The most of them.
    static let limit = 320

    /// The beginnings of the prompt in a request: of its `tools` and its `system` as a whole, and then of `messages`, `prompt` or `input`.
    public init(_ envelope: RequestEnvelope, in body: UnsafeRawBufferPointer) {
        var seed: UInt64 = 0
        for key: StaticString in ["tools", "system", "instructions"] {
            if let field = envelope.field(key, in: body) { seed = Self.hash(body, field.value, from: seed) }
        }
        let keys: [StaticString] = ["messages", "prompt", "input"]
        let prompt = keys.lazy.compactMap { envelope.field($0, in: body) }.first
        guard let prompt, prompt.value.count > 2 else { return }
        // Without the closing bracket, which stands elsewhere in the next turn.
        let range = prompt.value.lowerBound..<prompt.value.upperBound - 1
        var start = range.lowerBound
        var hash = seed
        while hashes.count < Self.limit {
            let block = start - range.lowerBound < Self.sparseFrom ? Self.firstBlock : Self.sparseBlock
            guard start + block <= range.upperBound else { return }
            hash = Self.hash(body, start..<start + block, from: hash)
            hashes.append(hash)
            start += block
        }
    }

    /// A prefix of known hashes, for whoever has them from elsewhere.
    public init(hashes: [UInt64]) { self.hashes = hashes }

    /// Eight bytes at a time.
    private static func hash(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, from seed: UInt64) -> UInt64 {
        var hash = seed ^ 0xcbf2_9ce4_8422_2325
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 29
            index += 8
        }
        while index < range.upperBound {
            hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3
            index += 1
        }
        return StickyHash.mix(hash)
    }
}

/// Which endpoints have seen which beginnings of prompts. Bounded: of the oldest, half is forgotten at a time.
struct PrefixTable: Sendable {
    private var young: [UInt64: UInt64] = [:]
    private var old: [UInt64: UInt64] = [:]

    static let limit = 16_384

    var count: Int { young.count + old.count }

    /// Those of `endpoints` that have seen the longest beginning which any of them has seen; nil if none has seen any.
    func longest(_ prefix: PromptPrefix, among endpoints: [Int]) -> [Int]? {
        for hash in prefix.hashes.reversed() {
            guard let seen = young[hash] ?? old[hash] else { continue }
            let found = endpoints.filter { seen & (1 << UInt64($0)) != 0 }
            if !found.isEmpty { return found }
        }
        return nil
    }

    mutating func add(_ prefix: PromptPrefix, at endpoint: Int) {
        for hash in prefix.hashes {
            young[hash, default: old[hash] ?? 0] |= 1 << UInt64(endpoint)
        }
        guard young.count > Self.limit else { return }
        old = young
        young = [:]
    }
}
