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

    /// Recorded on a machine with four GPUs of which two were full, printed before a benchmark of matrix products; the columns are in the
    /// order that we ask for here, and the totals those of cards of 80 GB. A process has a little on each card that it has only looked at.
    @Test func nvidiaUnderLoad() {
        let gpus = """
            0, GPU-e82ab913-2d6b-1a55-89a8-9ad23a5a09cf, 81559
            1, GPU-4eac38f2-1a70-662a-f6f4-9b62d1778ef4, 81559
            2, GPU-f7c1496c-b7f5-b1d2-78ea-68826f778059, 81559
            3, GPU-cfd9ce0a-b7af-895a-f54c-4f175b610977, 81559
            """
        let processes = """
            2069192, GPU-e82ab913-2d6b-1a55-89a8-9ad23a5a09cf, 77002
            2680904, GPU-e82ab913-2d6b-1a55-89a8-9ad23a5a09cf, 518
            2198486, GPU-f7c1496c-b7f5-b1d2-78ea-68826f778059, 74278
            2680904, GPU-cfd9ce0a-b7af-895a-f54c-4f175b610977, 518
            """
        let readings = GPUReadings(nvidiaGPUs: gpus, processes: processes)
        #expect(readings.totals.count == 4)
        #expect(readings.usage(of: [2_069_192]) == ["0": 77_002 << 20])
        #expect(readings.usage(of: [2_198_486, 2_680_904]) == ["0": 518 << 20, "2": 74_278 << 20, "3": 518 << 20])
    }

    /// Recorded on a machine with a Radeon AI PRO R9700 that was 85 % full and the GPU of its processor.
    @Test func rocmUnderLoad() {
        let text = """
            {"card0": {"GPU use (%)": "3", "GPU Memory Allocated (VRAM%)": "85", "Card Series": "N/A", "Card Model": "0x7551",
              "GFX Version": "gfx1201", "VRAM Total Memory (B)": "34208743424", "VRAM Total Used Memory (B)": "29225381888"},
             "card1": {"Current Socket Graphics Package Power (W)": "12.134", "GPU use (%)": "0", "Card SKU": "PHXGENERIC",
              "GFX Version": "gfx1103", "VRAM Total Memory (B)": "4294967296", "VRAM Total Used Memory (B)": "72495104"}}
            """
        let readings = GPUReadings(rocm: Array(text.utf8))
        #expect(readings.totals == ["0": 34_208_743_424, "1": 4_294_967_296])
        #expect(readings.processes.isEmpty)
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
