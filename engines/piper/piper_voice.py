"""Speaking with a Piper voice."""

import pathlib
import threading

import onnxruntime
from piper import PiperVoice, SynthesisConfig
from piper.config import PiperConfig

from roundhouse_engine import LoadError
from roundhouse_engine.speech import Voice, Voices
from roundhouse_engine.speech.voices import OPENAI


class Piper:
    """A voice, warm: a word was spoken."""

    # A voice draws every sound longer or shorter as it is told; beyond these they blur.
    speed_range = (0.5, 2.0)

    def __init__(self, path, config, threads):
        limits = onnxruntime.SessionOptions()
        limits.intra_op_num_threads = threads
        # Else idle threads go on for a while, at the cost of whatever else runs on the machine.
        limits.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(path, limits, providers=["CPUExecutionProvider"])
            self.voice = PiperVoice(session=session, config=PiperConfig.from_dict(config))
            self.rate = self.voice.config.sample_rate
            self.voices = voices(path, config)
            for _ in self.speak("ready", None, 1.0, threading.Event()):
                continue
        except Exception as error:
            raise LoadError(f"{path} could not be loaded as a Piper voice: {type(error).__name__}: {error}") from None

    def speak(self, text, speaker, speed, left):
        """Yields the samples of one sentence after the other."""
        wanted = SynthesisConfig(speaker_id=speaker, length_scale=self.voice.config.length_scale / speed)
        for chunk in self.voice.synthesize(text, wanted):
            if left.is_set():
                return
            yield chunk.audio_int16_bytes


def voices(path, config):
    language = (config.get("language") or {}).get("code") or config["espeak"]["voice"]
    name = pathlib.Path(path).stem
    speakers = config.get("speaker_id_map") or {str(number): number for number in range(config["num_speakers"])}
    if config["num_speakers"] > 1:
        found = [Voice(each, f"{name} {each}", language, number) for each, number in speakers.items()]
    else:
        found = [Voice(name, name, language, None)]
    stand_ins = {each: found[number % len(found)].id for number, each in enumerate(OPENAI)}
    return Voices(found, found[0].id, stand_ins)
