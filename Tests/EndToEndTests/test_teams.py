"""Teams that share one gateway: who may use what, how much of it, and what the ledger says of it afterwards."""

import json
import os
import signal
import sqlite3
import threading
import time

import openai
import pytest

from conftest import GUIDE, GUIDE_YAML, wait_for

MESSAGES = [{"role": "user", "content": "What is Roundhouse?"}]
PRICED_YAML = GUIDE_YAML.replace("name: guide", "name: priced").replace("[default, team/guide]", "[paid]").replace(
    "warm_up: true", "cost: {input_per_million: 1000, output_per_million: 2000}")
TEAMS = """
teams:
  research: {models: [guide, "priced"]}
  slow: {limits: {requests_per_minute: 2}}
  narrow: {limits: {tokens_per_minute: 300}}
  poor: {budget: {amount: 0.2, per: month}}
  shadow: {limits: {requests_per_minute: 1, shadow: true}}
  kitchen: {models: []}
"""


def client_of(gateway, secret):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=secret, max_retries=0)


def ask(client, model="guide", **more):
    return client.chat.completions.create(model=model, messages=MESSAGES, max_tokens=16, **more)


def make_key(gateway, name, *options):
    made = gateway.run("keys create", name, *options)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@pytest.fixture
def shared(own):
    """A gateway with teams, and a way to make keys for it."""
    gateway = own(models=[GUIDE_YAML, PRICED_YAML])
    (gateway.folder / "config/roundhouse.yaml").write_text(TEAMS)
    gateway.admin = make_key(gateway, "root", "--class", "admin")
    gateway.keys = {
        team: make_key(gateway, f"{team}-key", "--team", team)
        for team in ("research", "slow", "narrow", "poor", "shadow", "kitchen")
    }
    return gateway.start().ready()


def usage(gateway, *options):
    shown = gateway.run("usage", "--format", "json", *options)
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout)["rows"]


def test_refusals_are_the_exceptions_that_callers_know(shared):
    with pytest.raises(openai.AuthenticationError):
        ask(client_of(shared, "rh-nobody"))
    with pytest.raises(openai.PermissionDeniedError) as forbidden:
        ask(client_of(shared, shared.keys["kitchen"]))
    assert forbidden.value.code == "model_not_allowed"
    with pytest.raises(openai.NotFoundError):
        ask(client_of(shared, shared.keys["research"]), model="guides")
    assert [model.id for model in client_of(shared, shared.keys["kitchen"]).models.list()] == []

    slow = client_of(shared, shared.keys["slow"])
    first = slow.chat.completions.with_raw_response.create(model="guide", messages=MESSAGES, max_tokens=4)
    assert first.headers["x-ratelimit-limit-requests"] == "2" and first.headers["x-ratelimit-remaining-requests"] == "1"
    ask(slow)
    with pytest.raises(openai.RateLimitError) as limited:
        ask(slow)
    assert limited.value.code == "rate_limit_exceeded"
    assert 1 <= int(limited.value.response.headers["retry-after"]) <= 61
    assert limited.value.response.headers["x-ratelimit-remaining-requests"] == "0"

    # It asks for more than is ever allowed, so a client that usually tries again is told not to.
    with pytest.raises(openai.RateLimitError) as large:
        client_of(shared, shared.keys["narrow"]).chat.completions.create(
            model="guide", messages=MESSAGES, max_tokens=1000)
    assert "300" in str(large.value) and large.value.response.headers["x-should-retry"] == "false"
    assert "x-should-retry" not in limited.value.response.headers


def test_shadow_limits_count_and_refuse_nothing(shared):
    client = client_of(shared, shared.keys["shadow"])
    for _ in range(3):
        ask(client)
    _, _, metrics = shared.get("/metrics", headers={"authorization": f"Bearer {shared.admin}"})
    assert any(b'shadow="true"' in line and b'name="shadow"' in line for line in metrics.splitlines())


def test_a_spent_budget_stops_priced_models_only_and_survives_a_restart(shared):
    poor = client_of(shared, shared.keys["poor"])
    with pytest.raises(openai.RateLimitError) as spent:
        for _ in range(50):
            ask(poor, model="priced")
    assert spent.value.code == "insufficient_quota"
    ask(poor)

    def poor_row():
        return next((row for row in usage(shared, "--by", "team") if row["team"] == "poor" and row["cost"]), None)

    assert 0 < wait_for("its record", poor_row)["cost"]["USD"] <= 0.25
    assert shared.stop() == 0
    shared.start().ready()
    with pytest.raises(openai.RateLimitError):
        ask(client_of(shared, shared.keys["poor"]), model="priced")
    ask(client_of(shared, shared.keys["poor"]))


def test_the_ledger_adds_up(shared):
    research = client_of(shared, shared.keys["research"])
    answers = [ask(research, extra_headers={"x-roundhouse-feature": "doc-summary"}) for _ in range(3)]
    answers.append(ask(research, model="paid", extra_body={"metadata": {"feature": "legal"}}))
    stream = ask(research, stream=True)
    pieces = sum(1 for _ in stream)
    assert pieces > 1
    with pytest.raises(openai.NotFoundError):
        ask(research, model="nothing")

    def rows():
        found = usage(shared, "--by", "feature,model", "--since", "1d")
        return found if sum(row["requests"] for row in found) == 6 else None

    found = {(row["feature"], row["model"]): row for row in wait_for("six records", rows)}
    summary = found["doc-summary", "guide"]
    assert summary["requests"] == 3 and summary["cost"] == {}
    assert summary["input_tokens"] == sum(answer.usage.prompt_tokens for answer in answers[:3])
    assert summary["output_tokens"] == sum(answer.usage.completion_tokens for answer in answers[:3])
    legal = found["legal", "priced"]
    expected = answers[3].usage.prompt_tokens * 0.001 + answers[3].usage.completion_tokens * 0.002
    assert legal["cost"]["USD"] == pytest.approx(expected)
    status, _, body = shared.get("/admin/usage?by=team", headers={"authorization": f"Bearer {shared.admin}"})
    assert status == 200 and {row["team"] for row in json.loads(body)["rows"]} == {"research"}
    assert shared.get("/admin/usage", headers={"authorization": f"Bearer {shared.keys['research']}"})[0] == 403
    for format, first in (("csv", "team,"), ("table", "TEAM")):
        shown = shared.run("usage", "--by", "team", "--format", format)
        assert shown.returncode == 0 and shown.stdout.startswith(first), shown.stdout
    compared = shared.run("usage", "--by", "model", "--compare-to", "priced", "--format", "json")
    assert all(row["compared"]["cost"] > 0 for row in json.loads(compared.stdout)["rows"] if row["model"] == "guide")


def test_a_ledger_without_gateway_can_be_asked(shared):
    ask(client_of(shared, shared.keys["research"]))
    assert shared.stop() == 0
    assert sum(row["requests"] for row in usage(shared, "--by", "key")) == 1
    with sqlite3.connect(shared.folder / "data/ledger.sqlite") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    shared.start()


def test_kill_loses_no_more_than_the_last_second(shared):
    research = client_of(shared, shared.keys["research"])
    for _ in range(5):
        ask(research)
    wait_for("five records", lambda: sum(row["requests"] for row in usage(shared, "--by", "team")) == 5)
    shared.process.send_signal(signal.SIGKILL)
    shared.process.wait()
    wait_for("no process left", lambda: not shared.leftovers())
    assert sum(row["requests"] for row in usage(shared, "--by", "team")) == 5
    shared.start().ready()
    ask(client_of(shared, shared.keys["research"]))
    wait_for("six records", lambda: sum(row["requests"] for row in usage(shared, "--by", "team")) == 6)


def test_revoking_and_rotating_take_effect_without_restart(shared):
    secret = make_key(shared, "guest", "--team", "research")
    wait_for("the key works", lambda: shared.get("/v1/models", headers={"x-api-key": secret})[0] == 200, 5)
    rotated = shared.run("keys rotate", "guest")
    assert rotated.returncode == 0, rotated.stderr
    began = time.monotonic()
    wait_for("the old one is refused", lambda: shared.get("/v1/models", headers={"x-api-key": secret})[0] == 401, 5)
    fresh = rotated.stdout.strip()
    wait_for("the new one works", lambda: shared.get("/v1/models", headers={"x-api-key": fresh})[0] == 200, 5)
    assert time.monotonic() - began < 3
    assert shared.run("keys revoke", "guest").returncode == 0
    wait_for("it is refused", lambda: shared.get("/v1/models", headers={"x-api-key": fresh})[0] == 401, 5)
