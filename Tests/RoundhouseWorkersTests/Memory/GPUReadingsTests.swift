import Testing

@testable import RoundhouseWorkers

@Suite struct GPUReadingsTests {
    /// In the form of nvidia-smi(1), `--format=csv,noheader,nounits`.
    @Test func nvidia() {
        let gpus = """
            0, GPU-5f5ae2c5-0a7a-4c8e-9b57-1c2a3b4c5d6e, 24576
            1, GPU-8a1b0c9d-1111-2222-3333-444455556666, 81559
            """
        let processes = """
            4711, GPU-5f5ae2c5-0a7a-4c8e-9b57-1c2a3b4c5d6e, 8010
            4712, GPU-8a1b0c9d-1111-2222-3333-444455556666, 512
            4711, GPU-8a1b0c9d-1111-2222-3333-444455556666, 256
            4713, GPU-8a1b0c9d-1111-2222-3333-444455556666, [N/A]
            """
        let readings = GPUReadings(nvidiaGPUs: gpus, processes: processes)
        #expect(readings.totals == ["0": 24576 << 20, "1": 81559 << 20])
        #expect(readings.usage(of: [4711, 4712, 4713, 1]) == ["0": 8010 << 20, "1": 768 << 20])
        #expect(readings.usage(of: [1]).isEmpty)
    }

    /// The card as it was recorded for an RX 7900 XT in https://github.com/marimo-team/marimo/issues/9237; the process in the form of
    /// `rocm_smi.py`: name, GPUs, VRAM, SDMA, CU occupancy.
    @Test func rocm() {
        let text = """
            {"card0": {"GPU use (%)": "0", "VRAM Total Memory (B)": "21458059264", "VRAM Total Used Memory (B)": "27856896"},
             "system": {"PID4711": "python3, 1, 1048576, 0, unknown", "PID4712": "UNKNOWN, 0, 0, 0, unknown"}}
            """
        let readings = GPUReadings(rocm: Array(text.utf8))
        #expect(readings.totals == ["0": 21_458_059_264])
        #expect(readings.usage(of: [4711, 4712]) == ["0": 1_048_576])
    }

    @Test(arguments: [
        "", "No devices were found", "NVIDIA-SMI has failed because it couldn't communicate with the driver.", "{}",
        "[1]",
    ])
    func whatIsNoAnswerSaysNothing(_ text: String) {
        #expect(GPUReadings(nvidiaGPUs: text, processes: text) == GPUReadings(rocm: Array(text.utf8)))
        #expect(GPUReadings(rocm: Array(text.utf8)).totals.isEmpty)
    }
}
