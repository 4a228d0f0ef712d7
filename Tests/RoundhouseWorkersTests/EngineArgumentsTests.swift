import RoundhouseCore
import Testing

@testable import RoundhouseWorkers

/// How the settings of a model become arguments of its engine.
@Suite struct EngineArgumentsTests {
    private func arguments(
        _ profile: EngineProfile, address: UpstreamAddress = .unix(path: "/run/a.sock"),
        weights: String = "/w", _ change: (inout LaunchSettings) -> Void = { _ in }
    ) throws -> [String] {
        var settings = LaunchSettings(weights: weights)
        settings.parallel = profile.launch?.parallel ?? 1
        change(&settings)
        return EngineArguments(settings: settings, name: "team/a", address: address)
            .arguments(of: try #require(profile.launch))
    }

    @Test func programsOfOurs() throws {
        #expect(
            try arguments(.whisper) { $0.threads = 3 } == [
                "--model", "/w", "--host", "/run/a.sock", "--alias", "team/a", "--parallel", "1", "--threads", "3",
            ])
        #expect(
            try arguments(.espeak, weights: "") == ["--host", "/run/a.sock", "--alias", "team/a", "--parallel", "2"])
        #expect(try arguments(.espeak, weights: "de").contains("--model"))
    }

    @Test func vLLMIsToldWhatTheFileSaysAndNoMore() throws {
        let usual = try arguments(.vllm)
        #expect(
            usual == [
                "--model", "/w", "--uds", "/run/a.sock", "--served-model-name", "team/a", "--max-num-seqs", "32",
            ])
        let more = try arguments(.vllm) {
            $0.contextSize = 512
            $0.isContextSizeGiven = true
            $0.embeddings = true
            $0.arguments = ["--dtype", "float32"]
        }
        #expect(more.contains("--max-model-len") && more.contains("512"))
        #expect(more.suffix(4) == ["--runner", "pooling", "--dtype", "float32"])
    }

    @Test func placesAreFilledWhereverTheyStand() {
        let arguments = EngineArguments(
            settings: LaunchSettings(weights: "/w"), name: "a", address: .tcp(host: "127.0.0.1", port: 81, tls: false))
        #expect(arguments.filled("--at=127.0.0.1:${PORT}/${NAME}?m=${MODEL}") == "--at=127.0.0.1:81/a?m=/w")
        #expect(arguments.filled("${SOCKET} ${HOME} $PORT") == "${SOCKET} ${HOME} $PORT")
    }

    @Test(arguments: [
        ("Collecting numpy==2.4.6 (from -r x)", "collecting numpy==2.4.6 (from -r x)"),
        ("  Downloading a-1.whl (3 MB)", "downloading a-1.whl (3 MB)"),
        ("Installing collected packages: a, b, c", "installing 3 packages"), ("Requirement already satisfied: a", nil),
        ("", nil),
    ])
    func whatPipSays(_ line: String, _ step: String?) {
        #expect(PipLine.step(line[...]) == step)
    }
}
