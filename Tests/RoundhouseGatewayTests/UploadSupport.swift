import Foundation
import NIOCore
import RoundhouseCore
import RoundhouseTesting
import Synchronization

@testable import RoundhouseGateway

/// Forms as clients send them. The boundary is `Bound`.
struct UploadForm {
    private var bytes: [UInt8] = []

    /// The model's part, and then a file of so many bytes.
    static func modelFirst(_ model: String = "m", file count: Int) -> UploadForm {
        UploadForm().field("model", model).file(count)
    }

    /// A file of so many bytes, and then the model's part.
    static func fileFirst(_ model: String = "m", file count: Int) -> UploadForm {
        UploadForm().file(count).field("model", model)
    }

    func field(_ name: String, _ value: String) -> UploadForm {
        adding("--Bound\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
    }

    func file(_ count: Int) -> UploadForm { file(Self.noise(count)) }

    func file(_ content: [UInt8]) -> UploadForm {
        adding(
            "--Bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n"
                .utf8
        ).adding(content).adding("\r\n".utf8)
    }

    private func adding(_ more: some Sequence<UInt8>) -> UploadForm {
        var form = self
        form.bytes += more
        return form
    }

    var body: [UInt8] { bytes + Array("--Bound--\r\n".utf8) }

    func request(_ path: String = "/v1/audio/transcriptions", headers: String = "") -> [UInt8] {
        Self.head(path, length: body.count, headers: headers) + body
    }

    static func head(_ path: String = "/v1/audio/transcriptions", length: Int, headers: String = "") -> [UInt8] {
        Array(
            ("POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=Bound\r\n"
                + "Content-Length: \(length)\r\n\(headers)\r\n").utf8)
    }

    /// Bytes of every value, line ends and dashes among them, and no boundary.
    static func noise(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count { bytes += block.prefix(count - bytes.count) }
        return bytes
    }

    /// Of an odd length, so that it lies differently in each piece that is read or written.
    private static let block: [UInt8] = {
        var state: UInt64 = 1
        return (0..<65_537).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }()
}

extension TestGateway {
    /// The same as `run(upstream:)`, with a model that can do everything.
    static func runUpload(
        upstream: ScriptedUpstream, change: (inout Setup) -> Void = { _ in },
        _ body: (TestGateway) async throws -> Void
    ) async throws {
        try await run(
            upstream: upstream,
            change: { setup in
                setup.models[0].capabilities = CapabilitySet(Capability.allCases)
                change(&setup)
            }, body)
    }

    /// How many of the files that uploads lie in are open.
    var openSpools: Int {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return descriptors.count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?
                .hasPrefix(spoolFolder) == true
        }
    }

    /// Nothing is left of any upload.
    func hasNoSpools() async throws {
        try await eventually("every file of an upload is closed") { openSpools == 0 }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: spoolFolder)) ?? []
        if !names.isEmpty { throw Overdue("an empty folder of uploads; it holds \(names)") }
    }
}

/// Keeps the records that a ledger would.
final class RecordKeeper: RecordSink {
    private let kept = Mutex<[RequestRecord]>([])

    func take(_ records: [RequestRecord]) { kept.withLock { $0 += records } }
    var isAccepting: Bool { true }
    var gauge: GatewayMetrics.LedgerGauge { GatewayMetrics.LedgerGauge() }

    /// The records, once there are so many.
    func records(_ count: Int) async throws -> [RequestRecord] {
        try await eventually("\(count) records") { self.kept.withLock { $0.count } >= count }
        return kept.withLock { $0 }
    }
}

extension TestGateway {
    /// The loop of a gateway that has one.
    var loop: (any EventLoop)? { gateway.loops.first }

    /// Bytes that clients have sent and the gateway has not read.
    var unread: Int {
        Sockets.all.filter { $0.local == port && $0.peer != nil }.reduce(0) { $0 + $1.unread }
    }
}
