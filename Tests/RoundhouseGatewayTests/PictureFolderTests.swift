import Foundation
import Testing

@testable import RoundhouseGateway

@Suite struct PictureFolderTests {
    @Test func onlyPicturesOfModelsAreGiven() throws {
        let folder = try TestGateway.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/m", withIntermediateDirectories: true)
        for name in ["m/a.png", "m/b.txt", "m/.hidden.png", "outside.png"] {
            try Data(name.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        let pictures = PictureFolder(folder)
        let found = pictures.answer("/v1/files/images/m/a.png")
        #expect(found.status == 200 && found.body == Array("m/a.png".utf8))
        #expect("\(found.contentType)" == "image/png")
        for path in [
            "m/b.txt", "m/.hidden.png", "outside.png", "m/../outside.png", "../m/a.png", "m/", "m", "", "m/none.png",
            "m/a.png/", "m//a.png", "m/%61.png", ".", "m/a",
        ] {
            let answer = pictures.answer("/v1/files/images/" + path)
            #expect(answer.status == 404 && answer.errorCode == "not_found", "\(path)")
        }
    }
}
