internal import NIOCore
internal import RoundhouseCore

/// How the bytes of an answer are passed on.
enum RelayMode: Equatable {
    /// As they are, framing included.
    case raw
    /// Without the upstream's framing, in ours: one chunk per read, or none for a client of HTTP/1.0. `withholdsUsage`
    /// takes out the usage event that we asked for on our own account.
    case framed(withholdsUsage: Bool, chunked: Bool)
    /// Made into something else, in our framing.
    case translated(chunked: Bool)

    /// The mode for an answer. Raw wherever nothing has to change.
    static func pick(
        askedForUsage: Bool, isTranslated: Bool = false, isEventStream: Bool, clientIsHTTP10: Bool,
        framing: BodyFraming.Kind, isCommitted: Bool = false
    ) -> RelayMode {
        if isTranslated { return .translated(chunked: !clientIsHTTP10) }
        // Chunks of ours have gone before where the status was committed early.
        if askedForUsage && isEventStream || isCommitted {
            return .framed(withholdsUsage: askedForUsage, chunked: !clientIsHTTP10)
        }
        switch framing {
        case .length: return .raw
        case .chunked: return clientIsHTTP10 ? .framed(withholdsUsage: false, chunked: false) : .raw
        case .untilClose: return .framed(withholdsUsage: false, chunked: !clientIsHTTP10)
        }
    }
}

/// The body of one answer on its way: bytes in as they are read, bytes out as they may be written. Pure; knows no
/// channel. A class, because it is large, and looking at one thing in it must not copy all of it.
///
/// An event that is not complete is held back, up to `holdLimit`, so that a stream which breaks off can still be ended
/// with an event that says so: nothing can be said inside half an event or half a chunk. Engines write whole events, so
/// that in practice nothing waits.
final class RelayStream {
    /// Where the body stands after some bytes.
    enum Progress: Equatable {
        /// More is to come.
        case open
        /// It has ended as it should; `surplus` if the upstream sent bytes behind the end.
        case complete(surplus: Bool)
        /// The framing has ended, but the stream did not say `[DONE]` although its engine always does.
        case endedEarly
        /// The framing is broken.
        case malformed(String)
    }

    let mode: RelayMode
    /// What the engine said that it has used.
    private(set) var usage: TokenUsage?
    /// Bytes of body, without framing, that the upstream sent.
    private(set) var payloadBytes = 0
    /// Whether everything written so far ends where an event of our own may follow.
    private(set) var isAtBoundary = true

    private var framing: BodyFraming
    private var events = EventScanner()
    private var usageScanner = UsageScanner()
    /// Whether the body is text/event-stream.
    let isEventStream: Bool
    private let endsWithDone: Bool
    private var ending: StreamEnd?
    private let marksAborts: Bool
    private var sawAbort = false
    private(set) var translator: (any AnswerTranslator)?
    private var held = ByteBuffer()
    private var heldScanned = 0
    private var out: ByteBuffer?
    private var boundary = 0
    private var overlong = false

    /// The most that is held back of an incomplete event, in bytes; beyond it the event is passed on in pieces.
    static let holdLimit = 1 << 16
    /// Room in front of a chunk for its size in hexadecimal and a line end.
    private static let chunkHeadRoom = 10

    init(
        mode: RelayMode, framing: BodyFraming.Kind, isEventStream: Bool, endsWithDone: Bool,
        ending: StreamEnd? = nil, marksAborts: Bool = false, translator: (any AnswerTranslator)? = nil
    ) {
        self.ending = isEventStream ? ending : nil
        self.mode = mode
        self.translator = translator
        self.marksAborts = marksAborts
        self.framing = BodyFraming(framing)
        self.isEventStream = isEventStream
        self.endsWithDone = endsWithDone && isEventStream
    }

    /// Complete events with data, `[DONE]` not counted.
    var dataEvents: Int { translator?.dataEvents ?? events.dataEvents }
    /// Whether the engine put an error into its stream.
    var sawError: Bool { isEventStream && events.sawError || sawAbort || translator?.failure != nil }
    /// Whether the upstream may close now without anything missing, as far as can be told.
    var mayCloseHere: Bool {
        if let translator { return framing.mayCloseHere && translator.isWhole }
        return framing.mayCloseHere && !isUnfinished && held.readableBytes == 0
    }
    /// Whether the stream lacks the end that it should have, and has not said itself that it failed.
    private var isUnfinished: Bool {
        (endsWithDone && !events.sawDone || ending?.isSeen == false) && !sawError
    }
    /// Whether something can be said at the end of an answer that breaks off: it is a stream.
    var takesLastWords: Bool { translator.map { $0.output != .object } ?? isEventStream }
    /// What is said at such an end, where that depends on what has been written.
    func lastWords(_ error: ErrorAnswer) -> [UInt8]? { translator?.lastWords(error) }
    /// How the upstream frames the body.
    var framingKind: BodyFraming.Kind { framing.kind }
    /// Whether the end has been seen.
    var isComplete: Bool { framing.isComplete }

    /// Takes what was read, and gives what may be written of it.
    func take(_ input: ByteBuffer, write: (ByteBuffer) -> Void) -> Progress {
        switch mode {
        case .raw: return takeRaw(input, write: write)
        case .framed: return takeFramed(input)
        case .translated: return takeTranslated(input)
        }
    }

    // Raw.

    private func takeRaw(_ input: ByteBuffer, write: (ByteBuffer) -> Void) -> Progress {
        var buffer: ByteBuffer
        if held.readableBytes == 0 {
            buffer = input
            heldScanned = 0
        } else {
            buffer = held
            held = ByteBuffer()
            buffer.writeImmutableBuffer(input)
        }
        var safe = 0
        var progress = Progress.open
        buffer.withUnsafeReadableBytes { bytes in
            progress = scanRaw(bytes, from: heldScanned, safe: &safe)
            if progress == .open, bytes.count - safe > Self.holdLimit {
                safe = bytes.count
                isAtBoundary = false
            } else if safe > 0 {
                isAtBoundary = true
            }
            heldScanned = bytes.count - safe
        }
        if safe > 0, let ready = buffer.readSlice(length: safe) { write(ready) }
        if progress == .open { held = buffer }
        return progress
    }

    /// Scans framing and events from `start`; `safe` becomes the offset up to which bytes may be passed on.
    private func scanRaw(_ bytes: UnsafeRawBufferPointer, from start: Int, safe: inout Int) -> Progress {
        var offset = start
        let isChunked = framing.kind == .chunked
        while true {
            switch framing.step(bytes, from: offset) {
            case .payload(let range):
                let piece = UnsafeRawBufferPointer(rebasing: bytes[range])
                payloadBytes += piece.count
                usageScanner.scan(piece)
                ending?.scan(piece)
                if marksAborts, AbortMark.isIn(piece) { sawAbort = true }
                if isEventStream {
                    var position = 0
                    while let end = events.nextEventEnd(in: piece, from: position) {
                        position = end
                        if !isChunked { safe = range.lowerBound + end }
                    }
                } else {
                    safe = range.upperBound
                }
                offset = range.upperBound
            case .chunkEnd(let end):
                if !isEventStream || events.atBoundary { safe = end }
                offset = end
            case .end(let end):
                usage = usageScanner.usage
                if isUnfinished { return .endedEarly }
                safe = end
                return .complete(surplus: end < bytes.count)
            case .needMore:
                usage = usageScanner.usage
                return .open
            case .malformed(let why):
                return .malformed(why)
            }
        }
    }

    // Framed.

    /// All payload of one read goes straight into the chunk that it becomes, which has room for it before it begins.
    private func takeFramed(_ input: ByteBuffer) -> Progress {
        var buffer = out ?? freshOutput(capacity: input.readableBytes)
        out = nil
        var progress = Progress.open
        let start = Self.chunkHeadRoom
        let held = buffer.writerIndex - start
        buffer.reserveCapacity(minimumWritableBytes: input.readableBytes)
        // What is held of an event stays where it is: the room is reserved, so that nothing moves.
        buffer.moveWriterIndex(to: start)
        _ = input.withUnsafeReadableBytes { bytes in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: held + bytes.count) { memory in
                var filled = held
                progress = fill(memory, &filled, from: bytes)
                return filled
            }
        }
        out = buffer
        return progress
    }

    /// Copies the payload in `bytes` behind the first `filled` bytes of `memory`, and takes out what is withheld.
    @inline(__always)
    private func fill(
        _ memory: UnsafeMutableRawBufferPointer, _ filled: inout Int, from bytes: UnsafeRawBufferPointer
    ) -> Progress {
        var offset = 0
        while true {
            switch framing.step(bytes, from: offset) {
            case .payload(let range):
                let begin = filled
                memory.baseAddress!.advanced(by: begin)
                    .copyMemory(from: bytes.baseAddress!.advanced(by: range.lowerBound), byteCount: range.count)
                filled += range.count
                payloadBytes += range.count
                ending?.scan(UnsafeRawBufferPointer(rebasing: bytes[range]))
                if marksAborts, AbortMark.isIn(UnsafeRawBufferPointer(rebasing: bytes[range])) { sawAbort = true }
                if isEventStream {
                    scanEvents(memory, &filled, from: begin)
                } else {
                    usageScanner.scan(UnsafeRawBufferPointer(rebasing: memory[begin..<filled]))
                    usage = usageScanner.usage
                    boundary = filled + Self.chunkHeadRoom
                }
                offset = range.upperBound
            case .chunkEnd(let end): offset = end
            case .end(let end):
                if isUnfinished { return .endedEarly }
                return .complete(surplus: end < bytes.count)
            case .needMore: return .open
            case .malformed(let why): return .malformed(why)
            }
        }
    }

    @inline(__always)
    private func scanEvents(_ memory: UnsafeMutableRawBufferPointer, _ filled: inout Int, from begin: Int) {
        var position = begin
        var mark = boundary - Self.chunkHeadRoom
        while let end = events.nextEventEnd(
            in: UnsafeRawBufferPointer(rebasing: memory[..<filled]), from: position)
        {
            position = end
            if !overlong, isWithheld(UnsafeRawBufferPointer(rebasing: memory[mark..<end])) {
                let rest = filled - end
                memory.baseAddress!.advanced(by: mark)
                    .copyMemory(from: memory.baseAddress!.advanced(by: end), byteCount: rest)
                filled = mark + rest
                position = mark
            } else {
                overlong = false
                mark = end
            }
        }
        if filled - mark > Self.holdLimit {
            mark = filled
            overlong = true
        }
        boundary = mark + Self.chunkHeadRoom
    }

    /// Takes down the usage in an event, and says whether the event is one that the client did not ask for.
    private func isWithheld(_ event: UnsafeRawBufferPointer) -> Bool {
        guard let found = UsageScanner.usage(in: event) else { return false }
        usage = found
        guard case .framed(withholdsUsage: true, _) = mode else { return false }
        return UsageScanner.isUsageOnlyChunk(event)
    }

    // Translated.

    private func takeTranslated(_ input: ByteBuffer) -> Progress {
        var translated: [UInt8] = []
        // What comes out is about as long, and growing bit by bit would copy it as often.
        translated.reserveCapacity(input.readableBytes + 256)
        let progress = input.withUnsafeReadableBytes { bytes -> Progress in
            var offset = 0
            while true {
                switch framing.step(bytes, from: offset) {
                case .payload(let range):
                    payloadBytes += range.count
                    translator?.take(UnsafeRawBufferPointer(rebasing: bytes[range]), into: &translated)
                    offset = range.upperBound
                case .chunkEnd(let end): offset = end
                case .end(let end):
                    // Whether an object is whole its own end tells.
                    guard translator?.input == .object || translator?.isWhole == true || translator?.failure != nil
                    else {
                        return .endedEarly
                    }
                    return .complete(surplus: end < bytes.count)
                case .needMore: return .open
                case .malformed(let why): return .malformed(why)
                }
            }
        }
        append(translated)
        return progress
    }

    private func finishTranslation() {
        var translated: [UInt8] = []
        translator?.finish(into: &translated)
        append(translated)
    }

    private func append(_ translated: [UInt8]) {
        usage = translator?.usage
        guard !translated.isEmpty else { return }
        var buffer = out ?? freshOutput(capacity: translated.count)
        out = nil
        buffer.writeBytes(translated)
        boundary = buffer.writerIndex
        out = buffer
    }

    private func freshOutput(capacity: Int) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: capacity + 2 * Self.chunkHeadRoom)
        buffer.writeRepeatingByte(0, count: Self.chunkHeadRoom)
        boundary = buffer.writerIndex
        return buffer
    }

    /// At the proper end, what is left goes out too: a last event without its empty line.
    private func releaseAll() {
        guard var buffer = out, buffer.writerIndex > boundary else { return }
        out = nil
        let length = buffer.writerIndex - boundary
        let isDropped =
            !overlong
            && buffer.withUnsafeReadableBytes { isWithheld(UnsafeRawBufferPointer(rebasing: $0.suffix(length))) }
        if isDropped { buffer.moveWriterIndex(to: boundary) } else { boundary = buffer.writerIndex }
        overlong = false
        out = buffer
    }

    /// What framed mode has ready, as one chunk; nil if there is nothing. Called once per read, and with `last` at the
    /// body's proper end, where also an event without its empty line goes out.
    func output(last: Bool) -> ByteBuffer? {
        let chunked: Bool
        switch mode {
        case .raw: return nil
        case .framed(_, let isChunked):
            chunked = isChunked
            if last { releaseAll() }
        case .translated(let isChunked):
            chunked = isChunked
            if last { finishTranslation() }
        }
        var ready: ByteBuffer?
        if var buffer = out, boundary > Self.chunkHeadRoom {
            let end = boundary
            out = nil
            // The slice is gone before the buffer is written to: a second reference would cost a copy of all of it.
            if let rest = buffer.getSlice(at: end, length: buffer.writerIndex - end), rest.readableBytes > 0 {
                var next = freshOutput(capacity: rest.readableBytes)
                next.writeImmutableBuffer(rest)
                out = next
            }
            buffer.moveWriterIndex(to: end)
            buffer.moveReaderIndex(to: Self.chunkHeadRoom)
            if chunked { Chunk.wrap(&buffer, size: end - Self.chunkHeadRoom, room: Self.chunkHeadRoom) }
            ready = buffer
            isAtBoundary = !overlong
        }
        if last && chunked {
            var buffer = ready ?? ByteBuffer()
            buffer.writeStaticString("0\r\n\r\n")
            return buffer
        }
        return ready
    }
}
