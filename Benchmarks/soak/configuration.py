"""The gateway's files for a soak: models, teams, keys with every kind of limit, prices in two currencies."""

import dataclasses
import functools
import hashlib
import pathlib
import socket

UPSTREAM_KEY = "soak-upstream-key"
# So wide that no request reaches them, so that the books of all limits are kept all the time.
WIDE = "{requests_per_minute: 100000000, tokens_per_minute: 2000000000, concurrent: 100000}"
MODEL_LIMITS = "{requests_per_minute: 100000000, tokens_per_minute: 2000000000}"

# Input, from the cache, output; in billionths of the currency for one token.
PRICES = {"priced": ("USD", 150, 75, 600), "euro": ("EUR", 1000, 1000, 2000), "far": ("USD", 2500, 1250, 10000)}
MODELS = ("plain", "queued", "priced", "euro", "far")
ALIASES = {"default": "plain", "cheap/model": "priced"}
TEAMS = f"""teams:
  research: {{limits: {WIDE}, budget: {{amount: 1000000000, per: month}}}}
  legal: {{models: [plain, "eu*", far], limits: {WIDE}, budget: {{amount: 1000000000, per: month, currency: EUR}}}}
  kitchen: {{models: [plain]}}
  slow: {{limits: {{requests_per_minute: 900}}}}
  narrow: {{limits: {{tokens_per_minute: 200000}}}}
  busy: {{limits: {{concurrent: 1}}}}
  poor: {{budget: {{amount: 0.2, per: month}}}}
"""


@dataclasses.dataclass(frozen=True)
class Key:
    id: str
    team: str | None

    @property
    def secret(self):
        return f"rh-{self.id}-" + "s" * 43


FREE_KEYS = [Key(f"{team or 'alone'}-{i}", team) for team in ("research", "legal", None) for i in range(3)]
KITCHEN_KEY = Key("kitchen-0", "kitchen")
LIMITED_KEYS = [Key(f"{team}-0", team) for team in ("slow", "narrow", "busy", "poor")]
METRICS_KEY = Key("metrics-0", None)
MODELS_OF = {"research": MODELS, "legal": ("plain", "euro", "far"), None: MODELS}


@functools.cache
def outer_address():
    """An address of this machine that is not loopback, so that a model there counts as elsewhere; None if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        try:
            made.connect(("192.0.2.1", 9))  # Nothing is sent: it only asks for the way there (RFC 5737).
            return made.getsockname()[0]
        except OSError:
            return None


def model_file(near, far):
    """A model for each name, with the upstreams' addresses `host:port`; each has a name of its own there."""
    lines = []
    for name in MODELS:
        lines += [
            f"- name: {name}", "  backend: openai", f"  endpoint: http://{far if name == 'far' else near}/v1",
            f"  parameters: {{model: upstream-{name}}}", f"  api_key: {UPSTREAM_KEY}",
            "  limits: {concurrent: 32, queue: 1000, queue_timeout: 60s}" if name == "queued" else f"  limits: {MODEL_LIMITS}",
            f"  aliases: [{', '.join(alias for alias, model in ALIASES.items() if model == name)}]",
        ]
        if name in PRICES:
            currency, *of_a_token = PRICES[name]
            amounts = (f"{price / 1000:g}" for price in of_a_token)
            fields = zip(("input_per_million", "cached_input_per_million", "output_per_million"), amounts)
            lines.append("  cost: {" + ", ".join(f"{key}: {amount}" for key, amount in fields) + f", currency: {currency}}}")
    return "\n".join(lines) + "\n"


def write(folder, near, far):
    """Writes all files; returns the arguments for `serve`."""
    folder = pathlib.Path(folder)
    for name in ("models", "config", "data"):
        (folder / name).mkdir()
    (folder / "models/soak.yaml").write_text(model_file(near, far))
    (folder / "config/roundhouse.yaml").write_text(
        f"server: {{port: 0}}\nlog: {{access: {folder}/access.log}}\nledger: on\n{TEAMS}")
    keys = folder / "config/keys.yaml"
    keys.touch(0o600)
    keys.write_text("".join(
        f"- {{id: {key.id}, sha256: {hashlib.sha256(key.secret.encode()).hexdigest()}"
        + (f", team: {key.team}" if key.team else "") + (f", limits: {WIDE}" if key in FREE_KEYS else "")
        + (", class: metrics" if key is METRICS_KEY else "") + "}\n"
        for key in [*FREE_KEYS, KITCHEN_KEY, *LIMITED_KEYS, METRICS_KEY]))
    return arguments(folder)


def arguments(folder):
    return [f"--{name}={pathlib.Path(folder) / name}" for name in ("models", "config", "data")]
