"""From an engine's rate and speed to 24 kHz at the speed that was asked for."""

import av
from av.filter import Graph

from .encode import RATE, SILENCE, frame_of


class Shaper:
    """Takes 16-bit mono samples of any length at `rate`, gives them back at 24 kHz, `tempo` times as fast."""

    def __init__(self, rate, tempo):
        self.rate, self.odd, self.any = rate, b"", False
        self.graph = Graph()
        nodes = [self.graph.add_abuffer(sample_rate=rate, format="s16", layout="mono")]
        if abs(tempo - 1) > 0.001:
            nodes.append(self.graph.add("atempo", f"{tempo:.4f}"))
        nodes.append(self.graph.add("aresample", str(RATE)))
        nodes.append(self.graph.add("aformat", f"sample_fmts=s16:channel_layouts=mono:sample_rates={RATE}"))
        nodes.append(self.graph.add("abuffersink"))
        self.graph.link_nodes(*nodes).configure()

    def push(self, samples):
        samples = self.odd + samples
        even = len(samples) // 2 * 2
        self.odd = samples[even:]
        if not even:
            return b""
        self.graph.push(frame_of(samples[:even], self.rate))
        return self._pulled()

    def finish(self):
        """The rest; a tenth of a second of silence if there was nothing at all, so that the file is one that plays."""
        self.graph.push(None)
        rest = self._pulled()
        return rest if self.any else SILENCE

    def _pulled(self):
        parts = []
        while True:
            try:
                frame = self.graph.pull()
            except (av.BlockingIOError, av.EOFError):
                break
            parts.append(bytes(frame.planes[0])[:frame.samples * 2])
        self.any = self.any or bool(parts)
        return b"".join(parts)
