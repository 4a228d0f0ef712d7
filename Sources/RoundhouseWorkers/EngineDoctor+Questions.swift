internal import RoundhouseCore

extension EngineDoctor {
    /// The smallest request for what a model is for: path, content type and body.
    static func question(for model: Model) throws -> (path: String, type: String, body: [UInt8]) {
        let name = String(decoding: JSONText.quoted(model.upstreamName), as: UTF8.self)
        func json(_ path: String, _ rest: String) -> (path: String, type: String, body: [UInt8]) {
            (path, "application/json", Array("{\"model\":\(name),\(rest)}".utf8))
        }
        if model.capabilities.contains(.chat) {
            return json("/v1/chat/completions", #""messages":[{"role":"user","content":"Hi"}],"max_tokens":1"#)
        }
        if model.capabilities.contains(.rerank) {
            return json("/v1/rerank", #""query":"Hi","documents":["Hello","Bye"]"#)
        }
        if model.capabilities.contains(.embeddings) { return json("/v1/embeddings", #""input":"Hi""#) }
        if model.capabilities.contains(.speech) {
            return json("/v1/audio/speech", #""input":"Hi","voice":"alloy","response_format":"wav""#)
        }
        if model.capabilities.contains(.image) {
            return json(
                "/v1/images/generations", #""prompt":"a house","size":"64x64","steps":1,"response_format":"b64_json""#)
        }
        if model.capabilities.contains(.transcription) { return recording() }
        throw EngineInstallError("There is no question to try it with.")
    }

    /// A second of a tone as an upload of OpenAI's transcription API.
    private static func recording() -> (path: String, type: String, body: [UInt8]) {
        let boundary = "roundhouse-doctor"
        var body = Array(
            ("--\(boundary)\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\ndoctor\r\n--\(boundary)\r\n"
                + "content-disposition: form-data; name=\"file\"; filename=\"tone.wav\"\r\ncontent-type: audio/wav\r\n\r\n")
                .utf8)
        body += tone()
        body += Array("\r\n--\(boundary)--\r\n".utf8)
        return ("/v1/audio/transcriptions", "multipart/form-data; boundary=\(boundary)", body)
    }

    /// A second of a square wave of 400 Hz: RIFF/WAVE, PCM, 16 kHz, mono, 16 bits.
    private static func tone() -> [UInt8] {
        let rate = 16_000
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
        var wave = Array("RIFF".utf8) + little(36 + 2 * rate, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
        wave += little(1, 2) + little(1, 2) + little(rate, 4) + little(2 * rate, 4) + little(2, 2) + little(16, 2)
        wave += Array("data".utf8) + little(2 * rate, 4)
        for sample in 0..<rate { wave += little(sample / 20 % 2 == 0 ? 4000 : 61_536, 2) }
        return wave
    }
}
