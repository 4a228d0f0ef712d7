"""Limits under many clients at once: exactly what is allowed passes, however they race."""

import collections
import concurrent.futures
import json
import threading

import pytest

from books import Books, attached
from conftest import wait_for
from upstream import Upstream

CONFIGURATION = """
teams:
  minute: {limits: {requests_per_minute: 40}}
  five: {limits: {concurrent: 5}}
  poor: {budget: {amount: 0.01, per: month}}
  narrow: {limits: {tokens_per_minute: 30000}}
"""
# The upstream says 1,000 tokens in and 100 out, which is 0.0012.
PRICE = "cost: {input_per_million: 1, output_per_million: 2}"
MEMBERS = 4


@pytest.fixture
def house(tmp_path):
    upstream = Upstream()
    made = Books(tmp_path / "house", [
        attached("near", upstream.url), attached("priced", upstream.url, PRICE),
        attached("queued", upstream.url, "limits: {concurrent: 5}"),
        attached("minutely", upstream.url, "limits: {requests_per_minute: 40}")], CONFIGURATION)
    made.upstream = upstream
    made.make_key("admin", "--class", "admin")
    made.make_key("alone", "--requests-per-minute", "40")
    made.make_key("one", "--concurrent", "5")
    for team in ("minute", "five", "poor", "narrow"):
        for number in range(MEMBERS):
            made.make_key(f"{team}-{number}", "--team", team)
    made.start()
    yield made
    made.stop()
    upstream.stop()


class Crowd:
    """So many clients, each with a connection of its own that is open before any of them asks."""

    def __init__(self, house, keys, count, model):
        self.house, self.model = house, model
        self.keys = [keys[number % len(keys)] for number in range(count)]
        self.barrier = threading.Barrier(count)
        self.pool = concurrent.futures.ThreadPoolExecutor(count)
        self.answers = [self.pool.submit(self.ask, key) for key in self.keys]

    def ask(self, key):
        connection = self.house.connect()
        try:
            connection.connect()
            self.barrier.wait(30)
            body = json.dumps({"model": self.model, "messages": [{"role": "user", "content": "?"}], "max_tokens": 100})
            connection.request("POST", "/v1/chat/completions", body, self.house.headers(key))
            answer = connection.getresponse()
            answer.read()
            return answer.status, dict(answer.headers)
        finally:
            connection.close()

    def finished(self, status):
        return sum(answer.done() and answer.result()[0] == status for answer in self.answers)

    def statuses(self):
        with self.pool:
            return collections.Counter(answer.result(60)[0] for answer in self.answers)


class Gate:
    """Holds the upstream's answers, and counts how many requests are there at once."""

    def __init__(self, upstream):
        self.lock, self.open = threading.Lock(), threading.Event()
        self.now = self.most = 0
        upstream.before = self.hold

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Lets them go, also if something was wrong."""
        self.open.set()

    def hold(self, _):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.open.wait(60)
        with self.lock:
            self.now -= 1


def members(team):
    return [f"{team}-{number}" for number in range(MEMBERS)]


@pytest.mark.parametrize("who, model", [(["alone"], "near"), (members("minute"), "near"), (["admin"], "minutely")])
def test_exactly_so_many_in_a_minute(house, who, model):
    crowd = Crowd(house, who, 100, model)
    assert crowd.statuses() == {200: 40, 429: 60}
    assert len(house.upstream.requests) == 40
    assert house.stop() == 0
    assert collections.Counter((row["outcome"], row["error"]) for row in house.rows()) == {
        ("ok", None): 40, ("refused", "rate_limit_exceeded"): 60}


@pytest.mark.parametrize("who", [["one"], members("five")])
def test_never_more_at_once(house, who):
    """While the upstream holds its answers five are there, and all others are refused at once; then five more may come."""
    for _ in range(2):
        gate = Gate(house.upstream)
        crowd = Crowd(house, who, 60, "near")
        with gate:
            wait_for("the others are refused", lambda: crowd.finished(429) == 55)
            wait_for("five are there", lambda: gate.now == 5)
            assert crowd.finished(200) == 0
        assert crowd.statuses() == {200: 5, 429: 55}
        assert gate.most == 5
    wait_for("all are counted out", lambda: used(house, "concurrent", who) == 0)


def used(house, limit, who):
    text = house.get("/metrics", house.headers("admin"))[2].decode()
    names = {f'name="{name}"' for name in [*who, who[0].split("-")[0]]}
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith("roundhouse_limit_used") and f'limit="{limit}"' in line
               and any(name in line for name in names))


def test_a_model_lets_the_others_wait(house):
    """Places of a model are waited for: all are answered, five at a time."""
    gate = Gate(house.upstream)
    crowd = Crowd(house, ["alone"], 40, "queued")
    with gate:
        wait_for("five are there", lambda: gate.now == 5)
        assert crowd.finished(200) == 0
    assert crowd.statuses() == {200: 40}
    assert gate.most == 5


def test_a_client_that_leaves_gives_its_place_back(house):
    gate = Gate(house.upstream)
    leaving = house.connect()
    body = json.dumps({"model": "near", "messages": [{"role": "user", "content": "?"}]})
    with gate:
        leaving.request("POST", "/v1/chat/completions", body, house.headers("one"))
        wait_for("it is there", lambda: gate.now == 1)
        crowd = Crowd(house, ["one"], 30, "near")
        wait_for("four of them are in", lambda: crowd.finished(429) == 26)
        leaving.close()
        wait_for("its place is free", lambda: used(house, "concurrent", ["one"]) == 4)
        late = Crowd(house, ["one"], 10, "near")
        wait_for("one more is in", lambda: late.finished(429) == 9)
    assert crowd.statuses() == {200: 4, 429: 26} and late.statuses() == {200: 1, 429: 9}


def test_money_is_not_spent_twice(house):
    """What runs is reserved: 100 at once cannot spend more than there is, whatever each of them will cost."""
    crowd = Crowd(house, members("poor"), 100, "priced")
    statuses = crowd.statuses()
    assert statuses[200] > 0 and statuses[200] + statuses[429] == 100
    assert house.stop() == 0
    assert sum(row["cost"] or 0 for row in house.rows()) == pytest.approx(0.0012 * statuses[200])
    # A first request is estimated at less than it takes: 100 bytes of prompt and 100 tokens of answer.
    assert statuses[200] <= 0.01 / 0.0002
    house.start()
    assert [house.ask("priced", "poor-0")[0] for _ in range(8)][-1] == 429


def test_who_may_try_again_is_told(house):
    """OpenAI's clients try again after every 429 and 5xx, unless they are told that it does not help."""
    for _ in range(41):
        status, headers, _ = house.ask("near", "alone")
    assert status == 429 and "x-should-retry" not in headers and 1 <= int(headers["retry-after"]) <= 61
    while house.ask("priced", "poor-0")[0] == 200:
        pass
    for refused in (house.ask("priced", "poor-0"), house.ask("near", "narrow-0", max_tokens=50_000)):
        assert refused[0] == 429 and refused[1]["x-should-retry"] == "false"
