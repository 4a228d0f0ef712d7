"""The chain of escalations as whoever has the file sees it: reading it, changing it, and writing it anew.

The format is that of Sources/RoundhouseStore/Audit/EscalationRow.swift, written down a second time on purpose.
"""

import contextlib
import hashlib
import json
import shutil
import sqlite3
import struct

FORMAT = "roundhouse-escalations-1"
TRIGGERS = ("escalations_never_change", "escalations_never_go")
COLUMNS = (
    "seq", "started_ns", "request_id", "team", "key", "feature", "requested_model", "model", "backend", "reason",
    "input_tokens", "cached_tokens", "output_tokens", "audio_ms", "characters", "images", "cost", "currency", "outcome")


def encoded(value):
    if value is None:
        return b"\0"
    if isinstance(value, int):
        return b"\1" + struct.pack(">q", value)
    text = value.encode() if isinstance(value, str) else value
    return (b"\2" if isinstance(value, str) else b"\3") + struct.pack(">I", len(text)) + text


def hash_of(row, previous):
    return hashlib.sha256(FORMAT.encode() + encoded(previous) + b"".join(map(encoded, row))).digest()


class Chain:
    """A copy of the ledger, made as docs/operations.md says: the head first, then the database with SQLite's own means."""

    def __init__(self, data, to):
        to.mkdir(parents=True)
        self.folder, self.path, self.head = to, to / "ledger.sqlite", to / "escalations.head"
        shutil.copy(data / self.head.name, self.head)
        with contextlib.closing(sqlite3.connect(data / self.path.name)) as old, \
                contextlib.closing(sqlite3.connect(self.path)) as new:
            old.backup(new)

    @contextlib.contextmanager
    def opened(self, forced=True):
        """The database; the triggers that forbid changes are taken away meanwhile if it is forced."""
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as database:
            find = "SELECT sql FROM sqlite_master WHERE name = ?"
            texts = [database.execute(find, [name]).fetchone()[0] for name in TRIGGERS]
            for name in TRIGGERS if forced else ():
                database.execute(f"DROP TRIGGER {name}")
            yield database
            for text in texts if forced else ():
                database.execute(text)

    def run(self, *statements):
        with self.opened() as database:
            for statement in statements:
                database.execute(statement)

    def rows(self, database):
        return database.execute(f"SELECT {', '.join(COLUMNS)} FROM escalations ORDER BY seq").fetchall()

    def is_as_documented(self):
        """Whether every hash is that of its row after the one before."""
        with self.opened(forced=False) as database:
            stored = database.execute("SELECT previous, hash FROM escalations ORDER BY seq").fetchall()
            last = bytes(32)
            for row, (previous, found) in zip(self.rows(database), stored):
                if previous != last or found != hash_of(row, previous):
                    return False
                last = found
            return True

    def write_anew(self, writes_head):
        """What a forger does who can write both files: all hashes from the first row on, and the head."""
        with self.opened() as database:
            last = bytes(32)
            for row in self.rows(database):
                found = hash_of(row, last)
                database.execute("UPDATE escalations SET previous = ?, hash = ? WHERE seq = ?", [last, found, row[0]])
                last = found
        if writes_head:
            head = json.loads(self.head.read_text())
            self.head.write_text(json.dumps(head | {"seq": row[0], "hash": last.hex()}, separators=(",", ":")) + "\n")
