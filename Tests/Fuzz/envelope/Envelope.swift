import Foundation
import FuzzDriver
import RoundhouseCore

/// What libFuzzer calls: a request body that is scanned, patched and scanned again. Traps where the envelope takes something that is
/// no JSON, or where the patched body does not say what was asked for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEnvelope(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let body = UnsafeRawBufferPointer(start: start, count: count)
    guard count > 0, count < 1 << 16 else { return 0 }
    let envelope: RequestEnvelope
    do throws(EnvelopeError) {
        envelope = try RequestEnvelope.scan(body)
    } catch {
        precondition(error.offset >= 0 && error.offset <= count, "an error outside of the body")
        return 0
    }
    for field in envelope.fields {
        precondition(field.key.lowerBound > 0 && field.value.upperBound <= count && !field.value.isEmpty)
    }
    check(envelope, body)
    _ = PromptFloor.tokens(of: envelope, in: body)
    _ = RoutingFacts(envelope, in: body, leastContext: 1)
    _ = PromptPrefix(envelope, in: body)
    return 0
}

/// What goes upstream must be JSON, with our name for the model and whatever else was asked for.
private func check(_ envelope: RequestEnvelope, _ body: UnsafeRawBufferPointer) {
    guard envelope.model != nil else { return }
    let patch = BodyPatch.make(
        envelope: envelope, body: body, upstreamModel: Array("upstream".utf8), askForUsage: envelope.stream,
        defaults: [RequestDefault(key: "temperature", json: Array("0.5".utf8))], fields: .allBut(["cache_prompt"]))
    var patched: [UInt8] = []
    patch.write(body) { patched += $0 }
    precondition(patched.count == patch.length(of: body.count), "the patch announced another length")
    do {
        let again = try patched.withUnsafeBytes { bytes in
            let again = try RequestEnvelope.scan(bytes)
            precondition(again.model.map { bytes[$0].elementsEqual("upstream".utf8) } == true, "another model")
            precondition(again.field("cache_prompt", in: bytes) == nil, "a field that was to be dropped")
            return again
        }
        precondition(again.stream == envelope.stream)
        precondition(!envelope.stream || again.includeUsage == true, "usage was not asked for")
    } catch {
        fatalError("the patched body is refused: \(error)")
    }
}

/// The program's `main`, by the name that the package manager gives it.
@_cdecl("fuzz_envelope_main")
public func fuzzEnvelopeMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    fuzz(fuzzEnvelope, count, arguments)
}
