"""Pictures that are kept as files for a while."""

import os
import pathlib
import re
import secrets
import threading
import time

from roundhouse_engine import LoadError
from roundhouse_engine.leaving import at_exit

NAME = re.compile(r"[0-9a-f]{32}\.(png|jpeg|webp)")
# How often the folder is looked through when no picture is due earlier.
SWEEP = 60


class Store:
    """A folder of pictures whose names cannot be guessed. One that is older than `ttl` seconds is gone for a reader at once, and from
    the disk when its time comes; also one that an earlier process left behind. At exit those of this process go."""

    def __init__(self, folder, prefix, ttl):
        self.folder, self.prefix, self.ttl = pathlib.Path(folder), prefix.rstrip("/"), ttl
        self.own, self.changed = set(), threading.Event()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.sweep()
        except OSError as error:
            raise LoadError(f"pictures cannot be kept in {folder}: {error.strerror or error}") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise LoadError(f"pictures cannot be kept in {folder}: this user may not write there")
        at_exit(lambda: [self._remove(name) for name in list(self.own)])
        threading.Thread(target=self._run, name="pictures", daemon=True).start()

    def put(self, data, extension):
        """Keeps a picture; its URL."""
        name = f"{secrets.token_hex(16)}.{extension}"
        self.own.add(name)
        with open(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        self.changed.set()
        return f"{self.prefix}/{name}"

    def get(self, name):
        """The bytes of a picture and the seconds that it has left, or None."""
        if not NAME.fullmatch(name):
            return None
        try:
            with open(self.folder / name, "rb") as file:
                left = os.fstat(file.fileno()).st_mtime + self.ttl - time.time()
                return (file.read(), int(left)) if left > 0 else None
        except OSError:
            return None

    def sweep(self):
        """Removes what is due, and returns when the next one is."""
        upcoming = time.time() + SWEEP
        for file in self.folder.iterdir():
            if NAME.fullmatch(file.name):
                try:
                    end = file.stat().st_mtime + self.ttl
                except FileNotFoundError:
                    continue
                if end <= time.time():
                    self._remove(file.name)
                else:
                    upcoming = min(upcoming, end)
        return upcoming

    def _remove(self, name):
        (self.folder / name).unlink(missing_ok=True)
        self.own.discard(name)

    def _run(self):
        while True:
            try:
                upcoming = self.sweep()
            except OSError as error:
                print(f"{self.folder} cannot be cleared of old pictures: {error}", flush=True)
                upcoming = time.time() + SWEEP
            self.changed.wait(max(0.05, upcoming - time.time()))
            self.changed.clear()
