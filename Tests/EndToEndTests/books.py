"""Gateways whose ledger is looked at: with keys, in front of upstreams of this machine, and the SQLite file they leave."""

import contextlib
import http.client
import json
import sqlite3
import subprocess

from conftest import Gateway, wait_for

MESSAGES = [{"role": "user", "content": "How do I add a model?"}]


class Books(Gateway):
    """A gateway with keys by their names in `keys`, that talks to upstreams over plain connections."""

    def __init__(self, folder, models, configuration="", **more):
        folder.mkdir(exist_ok=True)
        super().__init__(folder, models, **more)
        (folder / "config/roundhouse.yaml").write_text(configuration)
        self.keys = {}

    @property
    def database(self):
        return self.folder / "data/ledger.sqlite"

    def make_key(self, name, *options):
        made = self.run("keys create", name, *options)
        assert made.returncode == 0, made.stderr
        self.keys[name] = made.stdout.strip()

    def connect(self):
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        return http.client.HTTPConnection(host, int(port), timeout=60)

    def headers(self, key=None, request_id=None):
        found = {"content-type": "application/json"}
        if key:
            found["authorization"] = f"Bearer {self.keys.get(key, key)}"
        if request_id:
            found["x-request-id"] = request_id
        return found

    def ask(self, model, key=None, request_id=None, path="/v1/chat/completions", **more):
        """Asks once over a connection of its own; gives status, headers and what the JSON says."""
        with contextlib.closing(self.connect()) as connection:
            body = json.dumps({"model": model, "messages": MESSAGES, "max_tokens": 16} | more)
            connection.request("POST", path, body, self.headers(key, request_id))
            answer = connection.getresponse()
            text = answer.read()
            is_json = answer.headers["content-type"] == "application/json"
            return answer.status, answer.headers, json.loads(text) if is_json else text

    def metric(self, name):
        """The sum of a family in `/metrics`; needs a key `admin`."""
        text = self.get("/metrics", self.headers("admin"))[2].decode()
        values = [float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.split("{")[0].split(" ")[0] == name]
        assert values, f"there is no {name}"
        return sum(values)

    def execute(self, command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)

    def audit(self, *options):
        return self.run("usage audit", *options)

    def rows(self, columns="*", order="id"):
        """Records in the ledger, by name of column."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT {columns} FROM request_log ORDER BY {order}")]

    def check_integrity(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def rows_when(self, count):
        """Records, as soon as there are so many."""
        wait_for(f"{count} records", lambda: len(self.rows("id")) >= count)
        return self.rows()


def attached(name, url, *more):
    return "\n".join([f"name: {name}", "backend: openai", f"endpoint: {url}", *more]) + "\n"
