"""A gateway full of secrets, and all that it ever tells anybody, for test_secrets.py."""

import base64
import http.client
import json
import secrets

from conftest import GUIDE_YAML, Gateway
from upstream import Upstream

TEAMS = """
teams:
  poor: {budget: {amount: 0.5, per: month}}
"""
MODEL = """name: {name}
backend: openai
endpoint: {url}
cost: {{input_per_million: 100, output_per_million: 200}}
{key}
"""
MESSAGES = [{"role": "user", "content": "How do I add a model?"}]


def planted(name):
    """A secret that occurs nowhere else."""
    return f"{name}-{secrets.token_hex(16)}"


def forms(secret):
    """A secret as bytes, as it is and in base64 at each of the three places that it can have in a group of bytes, without
    the ends that depend on its neighbours."""
    found = {secret.encode()}
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + secret.encode())
        inner = whole[4 if shift else 0:len(whole) - 4]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


class House(Gateway):
    """Remembers every answer in `told`, by where it came from, and every planted secret in `secrets`."""

    def __init__(self, folder):
        self.upstream = Upstream()
        self.secrets = {name: planted("sk-" + name) for name in ("environment", "file", "literal", "admin-variable")}
        self.told = {"bodies": [], "headers": [], "commands": [], "admin": []}
        keys = {
            "by-environment": "api_key: ${env:SOAKED_CLOUD_KEY}", "by-file": "api_key_file: cloud.key",
            "by-text": f"api_key: {self.secrets['literal']}"}
        models = [GUIDE_YAML, *(MODEL.format(name=name, url=self.upstream.url, key=key) for name, key in keys.items())]
        models.append(MODEL.format(name="gone", url="http://127.0.0.1:1/v1", key=keys["by-environment"]))
        super().__init__(folder, models, environment={
            "SOAKED_CLOUD_KEY": self.secrets["environment"], "API_KEY": self.secrets["admin-variable"]})
        (folder / "models/cloud.key").write_text(self.secrets["file"] + "\n")
        (folder / "config/roundhouse.yaml").write_text(TEAMS)
        self.make_key("admin", "--class", "admin")
        self.make_key("metrics", "--class", "metrics")
        self.make_key("inference")
        self.make_key("limited", "--requests-per-minute", "1", "--tokens-per-minute", "5000")
        self.make_key("poor", "--team", "poor")
        self.make_key("revoked")
        assert self.run("keys revoke", "revoked").returncode == 0
        self.secrets["wrong"] = planted("rh-wrong")

    def make_key(self, name, *options):
        made = self.run("keys create", name, *options)
        assert made.returncode == 0, made.stderr
        self.secrets[name] = made.stdout.strip()

    def tell(self, name, *options):
        """Runs a command and remembers what it printed."""
        result = self.run(name, *options)
        self.told["commands"].append((result.stdout + result.stderr).encode())
        return result

    def send(self, path="/v1/chat/completions", headers=(), body=None, method=None, place="bodies"):
        """Sends header lines as they are, also several of one name, and remembers the answer."""
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        try:
            payload = b"" if body is None else json.dumps(body).encode()
            connection.putrequest(method or ("GET" if body is None else "POST"), path)
            for name, value in [("content-type", "application/json"), ("content-length", str(len(payload))), *headers]:
                connection.putheader(name, value)
            connection.endheaders(payload)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        self.told["headers"].append("".join(f"{name}: {value}\n" for name, value in answer.headers.items()).encode())
        self.told[place].append(text)
        return answer.status, answer.headers, text

    def chat(self, headers=None, model="by-environment", **more):
        """A chat request, with a good key unless the headers say something else."""
        headers = headers or [("authorization", f"Bearer {self.secrets['inference']}")]
        return self.send(headers=headers, body={"model": model, "messages": MESSAGES, "max_tokens": 8} | more)

    def places(self):
        """Everything that was told or written, by its place, as bytes; `config/keys.yaml` is among it."""
        found = {name: b"\n".join(texts) for name, texts in self.told.items()}
        found["standard output"] = "".join(self.log).encode()
        found["standard error"] = "".join(self.errors).encode()
        for folder in ("data", "config"):
            for path in sorted((self.folder / folder).rglob("*")):
                if path.is_file() and "engines" not in path.relative_to(self.folder).parts:
                    found[str(path.relative_to(self.folder))] = path.read_bytes()
        return found

    def places_of(self, secret):
        """Where a secret was found, or all that is left of it without its punctuation."""
        looked_for = forms(secret) | forms(secret.replace("-", ""))
        return {place for place, text in self.places().items() if any(form in text for form in looked_for)}

    def finds(self):
        """Which of the secrets was found where."""
        return {(name, place) for name, secret in self.secrets.items() for place in self.places_of(secret)}
