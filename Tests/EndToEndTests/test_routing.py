"""Routes through the real binary: rules, fallback behind a dead endpoint, splits, and what explains them."""

import json

import openai
import pytest

from conftest import GUIDE_YAML, wait_for
from upstream import Upstream, outer_address

MESSAGES = [{"role": "user", "content": "What is Roundhouse?"}]
ROUTES = """
- name: far
  backend: openai
  endpoint: {far}
  cost: {{input_per_million: 1, output_per_million: 2}}
- name: dead
  backend: openai
  endpoint: http://127.0.0.1:9/v1
- name: assistant
  route:
    - when: {{feature: legal-*}}
      to: far
    - when: {{needs: vision}}
      to: {{capability: vision, prefer: cheapest}}
    - when: {{max_tokens_over: 500}}
      to: dead
    - to: guide
  fallback: [guide]
- name: compare
  route:
    - split: {{guide: 50, far: 50}}
      sticky: user
"""


@pytest.fixture
def house(own):
    upstream = Upstream(outer_address())
    gateway = own([GUIDE_YAML, ROUTES.format(far=upstream.url)]).start().ready()
    yield gateway, upstream
    upstream.stop()


def ask(gateway, model="assistant", **more):
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused", max_retries=0)
    answer = client.chat.completions.with_raw_response.create(model=model, messages=MESSAGES, **{"max_tokens": 4, **more})
    assert answer.parse().choices[0].message.content
    return answer.headers["x-roundhouse-model"], answer.headers["x-roundhouse-route"]


def test_requests_go_where_the_rules_say(house):
    gateway, upstream = house
    assert ask(gateway) == ("guide", "rule:always")
    assert ask(gateway, metadata={"feature": "legal-review"}) == ("far", "rule:feature=legal-*")
    assert ask(gateway, extra_headers={"x-roundhouse-feature": "legal-x"})[0] == "far"
    # The model that this rule names does not listen: the real engine answers in its place.
    assert ask(gateway, max_tokens=501, stop=["."]) == ("guide", "fallback:guide after:dead")
    lines = wait_for("the access log", lambda: [one for one in map(json.loads, gateway.log) if one["escalated"]][1:])
    assert {line["model"] for line in lines} == {"far"} and {line["requested_model"] for line in lines} == {"assistant"}
    assert len(upstream.requests) == 2


def test_an_image_without_a_model_for_it_is_refused_with_the_reason(house):
    gateway, _ = house
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused", max_retries=0)
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    answer = client.chat.completions.with_raw_response.create(
        model="assistant", messages=[{"role": "user", "content": [image]}], max_tokens=4)
    assert answer.headers["x-roundhouse-model"] == "far", "the only one that can see"


def test_a_split_is_sticky_and_even(house):
    gateway, _ = house
    users = {user: ask(gateway, "compare", user=f"user-{user}", max_tokens=1)[0] for user in range(16)}
    assert set(users.values()) == {"guide", "far"}
    for user in range(4):
        assert ask(gateway, "compare", user=f"user-{user}", max_tokens=1)[0] == users[user]

    def arms():
        shown = gateway.run("usage", "--by", "arm", "--since", "1d", "--format", "json")
        found = {row["arm"]: row for row in json.loads(shown.stdout)["rows"] if row["arm"]}
        return found if sum(row["requests"] for row in found.values()) == 20 else None

    rows = wait_for("all of them in the ledger", arms)
    assert set(rows) == {"compare/guide", "compare/far"}
    far = rows["compare/far"]
    assert far["errors"] == 0 and far["output_tokens"] > 0 and far["cost"] and far["duration_ms"] > 0 and far["first_byte_ms"] > 0
    assert "DURATION MS" in gateway.run("usage", "--by", "arm", "--since", "1d").stdout


def test_a_route_is_listed_and_explained(house, tmp_path):
    gateway, upstream = house
    assert {"assistant", "compare"} <= {one["id"] for one in json.loads(gateway.get("/v1/models")[2])["data"]}
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"model": "assistant", "messages": MESSAGES, "max_tokens": 900}))
    shown = gateway.run("route", "explain", "--file", str(request))
    assert shown.returncode == 0, shown.stderr
    assert "rule 3 (max_tokens>500): holds" in shown.stdout and "1. dead (openai): rule:max_tokens>500" in shown.stdout
    assert "2. guide (llama-cpp): fallback:guide" in shown.stdout
    shown = gateway.run("route", "explain", "--file", str(request), "--feature", "legal-x", "--json")
    assert json.loads(shown.stdout)["candidates"][0] == {
        "model": "far", "backend": "openai", "reason": "rule:feature=legal-*", "escalates": True}
    assert gateway.run("route", "explain", "--model", "nothing").returncode == 1
    assert not upstream.requests, "nothing is sent"
    gateway.stop()
    shown = gateway.run("route", "explain", "--file", str(request))
    assert "No gateway is running" in shown.stderr and "2. guide" in shown.stdout


def test_endpoints_that_fail_are_shown(house):
    gateway, _ = house
    for _ in range(3):
        assert ask(gateway, max_tokens=501, stop=["."])[0] == "guide"
    shown = gateway.run("ps").stdout
    assert any("dead" in line and "open" in line for line in shown.splitlines()), shown
    # Now it is passed over without being asked.
    assert ask(gateway, max_tokens=501, stop=["."]) == ("guide", "fallback:guide")
    metrics = gateway.get("/metrics")[2].decode()
    assert 'roundhouse_endpoint_state{model="dead",endpoint="127.0.0.1:9",state="open"} 1' in metrics
