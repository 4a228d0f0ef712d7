"""Speaking with the program espeak-ng."""

import shutil
import struct
import subprocess
import threading

from catalogue import voices
from roundhouse_engine import LoadError

WORDS_PER_MINUTE = 175  # espeak-ng's own
HEADER = 44


class Espeak:
    """Every sentence is a process of its own. Making one speaks a word, so that what is missing is known at once."""

    # The program takes 80 to 450 words per minute.
    speed_range = (80 / WORDS_PER_MINUTE, 450 / WORDS_PER_MINUTE)

    def __init__(self, name, default_voice):
        self.program = shutil.which(name)
        if self.program is None:
            raise LoadError(f"the program {name} was not found; on Debian: apt-get install espeak-ng")
        self.voices = voices(self.program, default_voice)
        self.rate = 22050
        voice = self.voices.find(default_voice)
        if voice is None:
            raise LoadError(f"espeak-ng has no voice {default_voice}; `espeak-ng --voices` lists them")
        try:
            for _ in self.speak("ready", voice.engine_name, 1.0, threading.Event()):
                continue
        except RuntimeError as error:
            raise LoadError(str(error)) from None

    def speak(self, text, voice, speed, left):
        """Yields samples as the program writes them; ends the program when the caller stops asking or `left` is set.

        When this process ends the program does too: nobody reads its pipe any more.
        """
        command = [self.program, "--stdin", "--stdout", "-v", voice, "-s", str(round(speed * WORDS_PER_MINUTE))]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        try:
            self._send(process, text)
            self._read_header(process)
            while chunk := process.stdout.read(65536):
                if left.is_set():
                    return
                yield chunk
            if process.wait():
                raise self._failure(process)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    @staticmethod
    def _send(process, text):
        try:
            # The longest input in UTF-8 is a quarter of what a pipe holds: this does not wait.
            process.stdin.write(text.encode())
            process.stdin.close()
        except BrokenPipeError:
            return  # the program ended; what it said about that is read next

    def _read_header(self, process):
        """The sample rate, out of a header whose lengths are placeholders."""
        header = b""
        while len(header) < HEADER:
            part = process.stdout.read(HEADER - len(header))
            if not part:
                raise self._failure(process)
            header += part
        if header[:4] != b"RIFF" or header[36:40] != b"data":
            raise RuntimeError("espeak-ng wrote something else than a WAV file")
        self.rate, = struct.unpack_from("<I", header, 24)

    @staticmethod
    def _failure(process):
        said = process.stderr.read(2000).decode(errors="replace").strip()
        return RuntimeError(f"espeak-ng ended with {process.wait()}: {said or 'it said nothing'}")
