/// A number of tokens that a prompt has at least, whatever the tokenizer.
///
/// It counts words of ASCII letters and digits. Tokenizers split a text at white space before anything else, so that a word is
/// one token or more; the few that join words learn pairs and short phrases. `wordsPerToken` is far above what those reach on
/// any text. Whatever can be one long token counts nothing: runs of spaces, rules of dashes, scripts that write no spaces. So
/// does what a chat template may leave out: earlier answers with their reasoning, and the definitions of tools.
public enum PromptFloor {
    /// Words that one token may stand for.
    static let wordsPerToken = 4
    /// A word and what parts it from the next one.
    private static let leastBytesPerWord = 2

    /// Whether a body is long enough that its prompt might be beyond the context.
    public static func isWorthCounting(_ bodyBytes: Int, context: Int) -> Bool {
        bodyBytes / (leastBytesPerWord * wordsPerToken) > context
    }

    /// The floor for the prompt of a chat or a completion; 0 for anything else, and where the request says that a prompt
    /// shall be cut off.
    public static func tokens(of envelope: RequestEnvelope, in body: UnsafeRawBufferPointer) -> Int {
        guard envelope.field("truncate_prompt_tokens", in: body) == nil else { return 0 }
        if let messages = envelope.field("messages", in: body), messages.kind == .array {
            var sum = 0
            JSONScan.forEachElement(of: messages.value, in: body) { message in
                if message.kind == .object { sum += words(ofMessage: message.value, in: body) }
            }
            return sum / wordsPerToken
        }
        guard let prompt = envelope.field("prompt", in: body) else { return 0 }
        return tokens(ofPrompt: prompt.value, prompt.kind, in: body)
    }

    /// Of several prompts, each of which is for itself, the longest. A prompt may be made of tokens.
    private static func tokens(
        ofPrompt prompt: Range<Int>, _ kind: RequestEnvelope.Kind, in body: UnsafeRawBufferPointer
    ) -> Int {
        switch kind {
        case .string: return words(of: prompt, in: body) / wordsPerToken
        case .array:
            var numbers = 0
            var longest = 0
            JSONScan.forEachElement(of: prompt, in: body) { element in
                if element.kind == .number {
                    numbers += 1
                } else {
                    longest = max(longest, tokens(ofPrompt: element.value, element.kind, in: body))
                }
            }
            return max(numbers, longest)
        default: return 0
        }
    }

    private static func words(ofMessage message: Range<Int>, in body: UnsafeRawBufferPointer) -> Int {
        let members = JSONScan(body).members(of: message)
        // Of a key that occurs twice, parsers take the last.
        func last(_ key: StaticString) -> RequestEnvelope.Field? {
            members.last { UnsafeRawBufferPointer(rebasing: body[$0.key]).equals(key) }
        }
        guard let role = last("role"), let content = last("content"), role.kind == .string,
            !UnsafeRawBufferPointer(rebasing: body[role.value]).equals("\"assistant\"")
        else { return 0 }
        if content.kind == .string { return words(of: content.value, in: body) }
        guard content.kind == .array else { return 0 }
        var sum = 0
        JSONScan.forEachElement(of: content.value, in: body) { part in
            guard part.kind == .object else { return }
            let text = JSONScan(body).members(of: part.value).last {
                UnsafeRawBufferPointer(rebasing: body[$0.key]).equals("text")
            }
            if let text, text.kind == .string { sum += words(of: text.value, in: body) }
        }
        return sum
    }

    /// Words of a JSON string that hold a letter or a digit of ASCII, parted by its white space. Other escapes count as nothing.
    static func words(of string: Range<Int>, in body: UnsafeRawBufferPointer) -> Int {
        var count = 0
        var isCounted = false
        var index = string.lowerBound
        while index < string.upperBound {
            switch body[index] {
            case 0x20: isCounted = false
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a:
                if !isCounted { count += 1 }
                isCounted = true
            case UInt8(ascii: "\\"):
                switch body[index + 1] {
                case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): isCounted = false
                case UInt8(ascii: "u"): index += 4
                default: break
                }
                index += 1
            default: break
            }
            index += 1
        }
        return count
    }
}
