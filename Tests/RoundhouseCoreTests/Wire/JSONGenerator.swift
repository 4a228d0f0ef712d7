/// Writes random JSON that is valid, in every spelling that the grammar allows.
///
/// Left out is what JSON allows and Foundation does not read: halves of surrogate pairs, and numbers
/// that no Double holds.
struct JSONGenerator {
    var random: SeededRandom
    private var keys = 0

    init(seed: UInt64) {
        random = SeededRandom(seed)
    }

    mutating func space() -> String {
        random.one(in: 3) ? random.pick([" ", "\n", "\t", "\r\n", "  ", " \n\t\r "]) : ""
    }

    /// Text inside quotes. Lengths go past several words of eight bytes, with something special at any place in them.
    mutating func stringContent(pieces: Int = 6) -> String {
        var text = ""
        for _ in 0..<random.below(pieces + 1) {
            switch random.below(8) {
            case 0: text += random.pick(["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"])
            case 1: text += random.pick(["\\u0041", "\\u00e9", "\\u20AC", "\\ud83d\\uDE00", "\\u0000", "\\uffFF"])
            case 2:
                text += random.pick([
                    "é", "ß", "€", "中文", "😀", "\u{80}", "\u{7ff}", "\u{800}", "\u{10fff0}", "\u{7f}",
                ])
            case 3: text += random.pick(["{", "}", "[", "]", ":", ",", "{}", "model", "'", "//"])
            default: text += String("the quick brown fox jumps over".prefix(random.below(30)))
            }
        }
        return text
    }

    mutating func number() -> String {
        let whole = random.pick(["0", "7", "10", "42", "65536", "1234567890"])
        let fraction = random.pick(["", "", ".0", ".5", ".125", ".0010"])
        let exponent = random.pick(["", "", "", "e0", "E2", "e+3", "E-4"])
        return random.pick(["", "", "-"]) + whole + fraction + exponent
    }

    mutating func value(depth: Int) -> String {
        switch random.below(depth > 0 ? 9 : 6) {
        case 0: return "true"
        case 1: return "false"
        case 2: return "null"
        case 3: return number()
        case 4, 5: return "\"" + stringContent() + "\""
        case 6: return array(depth: depth - 1)
        default: return object(depth: depth - 1)
        }
    }

    mutating func array(depth: Int) -> String {
        var text = "[" + space()
        for index in 0..<random.below(4) { text += (index > 0 ? "," + space() : "") + value(depth: depth) + space() }
        return text + "]"
    }

    /// An object whose keys differ from each other.
    mutating func object(depth: Int) -> String {
        var members: [(String, String)] = []
        for _ in 0..<random.below(4) {
            keys += 1
            members.append(("k\(keys)" + stringContent(pieces: 1), value(depth: depth)))
        }
        return object(members)
    }

    mutating func object(_ members: [(key: String, json: String)]) -> String {
        var text = "{" + space()
        for (index, member) in members.enumerated() {
            if index > 0 { text += "," + space() }
            text += "\"\(member.key)\"" + space() + ":" + space() + member.json + space()
        }
        return text + "}"
    }

    /// A request body that is in order: fields of the API, each at most once, among fields that nobody knows.
    mutating func body() -> String {
        var members: [(key: String, json: String)] = []
        if !random.one(in: 5) {
            members.append(("model", "\"\(random.pick(["m", "llama3", "org/name:7b", "modèle"]))\""))
        }
        if !random.one(in: 3) { members.append(("stream", random.pick(["true", "false", "null"]))) }
        if random.one(in: 2) { members.append(("stream_options", streamOptions())) }
        if random.one(in: 3) { members.append(("max_tokens", random.pick(["1", "4096", "null"]))) }
        if random.one(in: 2) { members.append(("temperature", number())) }
        if random.one(in: 2) { members.append(("logprobs", random.pick(["true", "null"]))) }
        if random.one(in: 3) { members.append(("tools", array(depth: 2))) }
        if random.one(in: 3) { members.append(("metadata", object(depth: 1))) }
        if !random.one(in: 3) { members.append(("messages", array(depth: 4))) }
        for _ in 0..<random.below(4) {
            keys += 1
            members.append(("x\(keys)", value(depth: 3)))
        }
        members.shuffle(using: &random)
        return space() + object(members) + space()
    }

    private mutating func streamOptions() -> String {
        if random.one(in: 5) { return "null" }
        var members: [(key: String, json: String)] = []
        if random.one(in: 2) { members.append(("include_usage", random.pick(["true", "false", "null"]))) }
        if random.one(in: 2) { members.append(("chunk_size", number())) }
        members.shuffle(using: &random)
        return object(members)
    }
}
