import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct SizeBookTests {
    private func model(_ change: (inout LaunchSettings) -> Void = { _ in }) -> Model {
        var settings = LaunchSettings(weights: Built.weights)
        change(&settings)
        return Model(
            name: "m", profile: .llamaCpp, source: SourceLocation(file: "m.yaml", line: 1),
            placement: .launched(settings))
    }

    @Test func whatWasLearntOutlivesTheGateway() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/sizes.json"
            let key = SizeBook.key(model())
            let book = SizeBook(path: path)
            book.note(Footprint(host: 1000, devices: ["0": 50]), for: key)
            book.note(loadTime: .seconds(7), for: key)
            #expect(book.save() == nil)
            let next = SizeBook(path: path)
            #expect(next[key] == SizeBook.Entry(size: Footprint(host: 1000, devices: ["0": 50]), loadSeconds: 7))
            let sizer = ModelSizer(book: next)
            #expect(sizer.size(of: model()).source == .learned)
            #expect(sizer.loadTime(of: model(), .none) == .seconds(7))
            // With other settings it is another matter.
            #expect(sizer.size(of: model { $0.contextSize = 1 << 20 }).source == .estimated)
            try folder.write("nonsense", to: "sizes.json")
            #expect(SizeBook(path: path)[key] == nil)
        }
    }

    @Test func onlyTheMostCounts() {
        let book = SizeBook(path: nil)
        book.note(Footprint(host: 1000), for: "k")
        book.note(Footprint(host: 10), for: "k")
        #expect(book["k"]?.size.host == 1000)
        book.note(Footprint(host: 1040), for: "k")
        #expect(book["k"]?.size.host == 1000)
        book.note(Footprint(host: 1100), for: "k")
        #expect(book["k"]?.size.host == 1100)
    }

    @Test func aFolderThatCannotBeWrittenIsTold() {
        let book = SizeBook(path: "/proc/nowhere/sizes.json")
        book.note(Footprint(host: 1), for: "k")
        #expect(book.save() != nil)
    }

    @Test func declaredWinsAndContextCounts() {
        let sizer = ModelSizer(book: SizeBook(path: nil))
        var declared = model()
        declared.memory.host = 3 << 30
        declared.memory.gpu = 1 << 30
        #expect(sizer.size(of: declared).size == Footprint(host: 4 << 30))
        #expect(sizer.size(of: declared).source == .declared)
        let onGPUs = ModelSizer(book: SizeBook(path: nil), devices: ["0", "1"])
        #expect(onGPUs.size(of: declared).size == Footprint(host: 3 << 30, devices: ["0": 1 << 29, "1": 1 << 29]))
        let (small, source) = sizer.size(of: model())
        #expect(source == .estimated && small.host > 50 << 20)
        #expect(sizer.size(of: model { $0.contextSize = 1 << 20 }).size.host > 2 * small.host)
        #expect(sizer.size(of: model { $0.weights = "/gone.gguf" }).size.host == 48 << 20)
    }
}
