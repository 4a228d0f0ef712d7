import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

/// What is kept of attached servers, and what they are told.
@Suite struct AttachedBookTests {
    private let endpoint = Endpoint(address: .tcp(host: "127.0.0.1", port: 9, tls: false), hostHeader: "x")

    private func model(_ residence: Residence? = .idle(.seconds(60)), endpoints: [Endpoint]? = nil) -> Model {
        var model = Model(
            name: "m", profile: .ollama, source: SourceLocation(file: "m.yaml", line: 1),
            placement: .attached(endpoints ?? [endpoint]))
        model.upstreamName = "llama3"
        model.residence = residence
        return model
    }

    private let loaded =
        NativeAPI.ollama.loaded(
            Array(#"{"models":[{"name":"llama3:latest","size":7,"size_vram":3,"expires_at":"soon"}]}"#.utf8)) ?? []

    @Test func aModelIsToldOnceForEachTimeThatItIsLoaded() {
        var book = AttachedBook()
        let model = model()
        let place = AttachedBook.Place(model, endpoint)
        book.apply([model])
        #expect(book.heard([], of: model, at: place) == nil)
        #expect(book.heard(loaded, of: model, at: place) == .idle(.seconds(60)))
        // Not yet told: the server did not take it.
        #expect(book.heard(loaded, of: model, at: place) == .idle(.seconds(60)))
        book[place].told = .idle(.seconds(60))
        #expect(book.heard(loaded, of: model, at: place) == nil)
        // Unloaded and loaded again.
        #expect(book.heard([], of: model, at: place) == nil)
        #expect(book.heard(loaded, of: model, at: place) == .idle(.seconds(60)))
    }

    @Test func anotherTimeInTheFileIsToldToo() {
        var book = AttachedBook()
        let place = AttachedBook.Place(model(), endpoint)
        book.apply([model()])
        _ = book.heard(loaded, of: model(), at: place)
        book[place].told = .idle(.seconds(60))
        book.apply([model(.forever)])
        #expect(book.heard(loaded, of: model(.forever), at: place) == .forever)
        #expect(book.heard(loaded, of: model(nil), at: place) == nil)
    }

    @Test func serversMustAgreeOnWhatTheyCan() {
        let other = Endpoint(address: .tcp(host: "127.0.0.1", port: 10, tls: false), hostHeader: "x")
        let model = model(endpoints: [endpoint, other])
        var book = AttachedBook()
        book.apply([model])
        #expect(book.capabilities(of: model) == nil)
        book[AttachedBook.Place(model, endpoint)].details = details([.chat, .vision])
        #expect(book.capabilities(of: model) == [.chat, .vision])
        book[AttachedBook.Place(model, other)].details = details([.chat, .tools])
        #expect(book.capabilities(of: model) == [.chat])
    }

    private func details(_ capabilities: CapabilitySet) -> NativeAPI.Details {
        var details = NativeAPI.Details()
        details.capabilities = capabilities
        return details
    }

    @Test func whatTheFilesNameNoMoreIsForgotten() {
        var book = AttachedBook()
        let place = AttachedBook.Place(model(), endpoint)
        book.apply([model()])
        book[place].details = details([.chat])
        #expect(!book[place].isToBeDescribed)
        book.apply([model()])
        #expect(book[place].details != nil && book[place].isToBeDescribed)
        var renamed = model()
        renamed.upstreamName = "qwen3"
        book.apply([renamed])
        #expect(book[place].details == nil)
    }

    @Test func statesAreForPeople() {
        var book = AttachedBook()
        let place = AttachedBook.Place(model(), endpoint)
        book.apply([model()])
        #expect(book.status.map(\.state) == ["unknown"])
        _ = book.heard([], of: model(), at: place)
        #expect(book.status.map(\.state) == ["not loaded"])
        _ = book.heard(loaded, of: model(), at: place)
        #expect(book.status.map(\.state) == ["loaded"])
        #expect(book.status.first?.size == 7 && book.status.first?.sizeOnGPU == 3 && book.status.first?.until == "soon")
        book[place].isMissing = true
        #expect(book.status.map(\.state) == ["missing"])
        book.failed("gone", at: place)
        #expect(book.status.map(\.state) == ["failed"] && book.status.first?.problem == "gone")
    }

    @Test func serversBehindTLSAreNotAsked() {
        let encrypted = Endpoint(address: .tcp(host: "h", port: 443, tls: true), hostHeader: "h")
        #expect(model(endpoints: [encrypted]).nativeEndpoints.isEmpty)
    }
}
