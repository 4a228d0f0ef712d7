import Foundation
import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

@Suite struct TemplateBookTests {
    private static let key = "tokenizer.chat_template"

    /// A GGUF file whose header has these texts.
    private func weights(_ texts: [String: String], padding: Int = 0) -> [UInt8] {
        func little(_ number: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        func text(_ text: String) -> [UInt8] { little(text.utf8.count, 8) + text.utf8 }
        let all = [("general.padding", String(repeating: "x", count: padding))] + texts.sorted { $0.key < $1.key }
        return all.reduce("GGUF".utf8 + little(3, 4) + little(0, 8) + little(all.count, 8)) {
            $0 + text($1.0) + little(8, 4) + text($1.1)
        }
    }

    private func knowsTools(
        _ weights: [UInt8], template: String? = nil, change: (inout LaunchSettings) -> Void = { _ in }
    ) throws -> Bool? {
        var knowsTools: Bool?
        try withTemporaryFolder { folder in
            try Data(weights).write(to: URL(fileURLWithPath: folder.path + "/w.gguf"))
            var settings = LaunchSettings(weights: folder.path + "/w.gguf")
            if let template {
                settings.chatTemplate = folder.path + "/t.jinja"
                try folder.write(template, to: "t.jinja")
            }
            change(&settings)
            knowsTools = TemplateBook(path: nil).knowsTools(settings)
        }
        return knowsTools
    }

    @Test(arguments: [
        ([key: "{% if tools %}"], true), ([key: "{{ messages }}"], false), ([key: "x", key + ".tool_use": "y"], true),
        ([:], false),
    ])
    func theWeightsSayIt(texts: [String: String], knows: Bool) throws {
        #expect(try knowsTools(weights(texts)) == knows)
    }

    @Test func aLongVocabularyBeforeTheTemplateIsReadOver() throws {
        #expect(try knowsTools(weights([Self.key: "{{ messages }}"], padding: 3 << 20)) == false)
        #expect(try knowsTools(weights([Self.key: "{{ tools }}"], padding: 3 << 20)) == true)
    }

    @Test func aTemplateOfItsOwnCountsInPlaceOfTheWeights() throws {
        #expect(try knowsTools(weights([:]), template: "{{ tools }}") == true)
        #expect(try knowsTools(weights([Self.key: "{{ tools }}"]), template: "{{ messages }}") == false)
    }

    @Test func whereItCannotBeToldNothingIsSaid() throws {
        #expect(try knowsTools(Array("weights".utf8)) == nil)
        #expect(try knowsTools(weights([:]).dropLast(4)) == nil)
        let changes: [(inout LaunchSettings) -> Void] = [
            { $0.arguments = ["--chat-template", "chatml"] }, { $0.weights = "/dev/zero" }, { $0.weights += ".gone" },
        ]
        for change in changes { #expect(try knowsTools(weights([:]), change: change) == nil) }
    }

    /// A file that has changed under its name is read again; one that is the same is not, also by the next gateway.
    @Test func whatWasReadIsKeptUntilTheFileIsAnother() throws {
        try withTemporaryFolder { folder in
            let (file, kept) = (folder.path + "/w.gguf", folder.path + "/templates.json")
            let settings = LaunchSettings(weights: file)
            try Data(weights([Self.key: "{{ tools }}"])).write(to: URL(fileURLWithPath: file))
            let book = TemplateBook(path: kept)
            #expect(book.knowsTools(settings) == true)
            #expect(book.save() == nil)
            let text = try #require(contents(kept))
            try folder.write(text.replacing("true", with: "false"), to: "templates.json")
            #expect(TemplateBook(path: kept).knowsTools(settings) == false, "it has been read again")
            try Data(weights([Self.key: "{{ messages }} and more"])).write(to: URL(fileURLWithPath: file))
            #expect(book.knowsTools(settings) == false)
        }
    }
}
