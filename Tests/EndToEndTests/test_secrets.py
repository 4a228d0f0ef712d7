"""Secrets are planted everywhere, everything is asked for and broken, and nothing that was told or written may hold one.
The answer to `keys create` is the one exception. What clients say about themselves stays here, too."""

import base64
import json
import re

import pytest

from conftest import ROOT, wait_for
from secrets_house import MESSAGES, MODEL, House, forms, planted

HOP_BY_HOP = [
    ("connection", "close, x-foo"), ("x-foo", "for the next hop"), ("te", "trailers"), ("upgrade", "h2c"),
    ("keep-alive", "timeout=5"), ("proxy-authorization", "Basic Zm9vOmJhcg=="), ("proxy-connection", "keep-alive"),
    ("trailer", "x-checksum")]
OF_THE_CLIENT = [
    ("cookie", "session=1"), ("x-forwarded-for", "192.0.2.9"), ("openai-organization", "org-of-the-client"),
    ("user-agent", "client/1")]


@pytest.fixture(scope="module")
def house(engine, tmp_path_factory):
    running = House(tmp_path_factory.mktemp("house"))
    try:
        running.start().ready()
        yield running
    finally:
        if hasattr(running, "process"):
            running.stop()
        running.upstream.stop()


def key_headers(secret):
    """All forms in which clients send a key."""
    basic = base64.b64encode(f"user:{secret}".encode()).decode()
    return [
        [("authorization", f"Bearer {secret}")], [("Authorization", f"bearer  {secret}")], [("authorization", secret)],
        [("x-api-key", secret)], [("api-key", secret)], [("xi-api-key", secret)], [("authorization", f"Basic {basic}")],
        [("authorization", f"Bearer {secret}"), ("x-api-key", secret)]]


def statuses(house, secret, **more):
    return [house.chat(headers, **more)[0] for headers in key_headers(secret)]


def test_the_search_finds_secrets():
    """Otherwise nothing below could fail."""
    secret = planted("sk-found")
    for text in (secret, base64.b64encode(f"user:{secret}".encode()).decode(), f"%20{secret}%20"):
        assert any(form in text.encode() for form in forms(secret))
        assert not any(form in text.encode() for form in forms(planted("sk-found")))


def test_keys_in_every_form(house):
    good = [200, 200, 200, 200, 200, 200, 401, 200]
    assert statuses(house, house.secrets["inference"]) == good
    assert statuses(house, house.secrets["admin-variable"], model="by-file") == good
    assert set(statuses(house, house.secrets["wrong"])) == set(statuses(house, house.secrets["revoked"])) == {401}
    assert set(statuses(house, house.secrets["metrics"])) == {401, 403}
    for one, other in (("x-api-key", "api-key"), ("authorization", "x-api-key"), ("authorization", "authorization")):
        two = [(one, house.secrets["inference"]), (other, house.secrets["wrong"])]
        assert house.chat(two)[0] == 401
        assert house.chat(list(reversed(two)))[0] == 401
    assert house.send("/v1/chat/completions", [], {"model": "by-environment", "messages": MESSAGES})[0] == 401
    check_nothing_is_told(house)


def test_keys_where_they_do_not_belong(house):
    key, good = house.secrets["inference"], [("authorization", f"Bearer {house.secrets['inference']}")]
    for name in ("api_key", "key", "access_token"):
        assert house.send(f"/v1/models?{name}={key}")[0] == 401
        assert house.send(f"/v1/models?{name}={key}", good)[0] == 200
        assert house.send(f"/v2/nothing?{name}={key}", good)[0] == 404
        admin = [("authorization", f"Bearer {house.secrets['admin']}")]
        assert house.send(f"/admin/usage?{name}={key}", admin)[0] == 400
        assert house.send("/v1/chat/completions", [], {"model": "by-file", "messages": MESSAGES, name: key})[0] == 401
        assert house.chat(good, **{name: key})[0] == 200
    assert house.chat(good + [("x-roundhouse-feature", f"Bearer {key}"), ("x-request-id", f"Bearer {key}")])[0] == 200
    check_nothing_is_told(house)


def test_refusals_and_routes(house):
    limited, poor = house.secrets["limited"], house.secrets["poor"]
    assert house.chat(key_headers(limited)[0])[0] == 200
    assert house.chat(key_headers(limited)[0])[0] == 429
    assert [house.chat(key_headers(poor)[0])[0] for _ in range(6)][-1] == 429
    assert house.chat(model="nothing")[0] == 404
    assert house.chat(model="guide")[0] == 200
    admin = key_headers(house.secrets["admin"])[0]
    routes = re.findall(r'"GET", "(/admin/.+?)"', (ROOT / "Sources/RoundhouseGateway/Front/Routes.swift").read_text())
    assert len(routes) > 4
    for route in [*routes, "/admin/usage?by=key,team,feature,model,day"]:
        status, _, body = house.send(route, admin, place="admin")
        if route in ("/admin/logs", "/admin/models/load", "/admin/models/unload"):
            assert status == 400 and "`model` is missing" in json.loads(body)["error"]["message"]
            continue
        assert status == 200 and (json.loads(body) or route == "/admin/endpoints")
        assert house.send(route, key_headers(house.secrets["inference"])[0])[0] == 403
    for route in ("/metrics", "/v1/models", "/v1/models/by-file", "/healthz", "/readyz", "/version"):
        assert house.send(route, admin, place="admin")[0] == 200
    assert house.send("/metrics", key_headers(house.secrets["metrics"])[0])[0] == 200
    for command in ("check", "check --json", "ps", "ps --json", "keys list", "keys list --json", "usage", "usage audit",
                    "usage --by key,team --format json", "usage --by model --format csv", "reload"):
        result = house.tell(*command.split(" "))
        assert result.returncode == 0, (command, result.stderr)
    check_nothing_is_told(house)


@pytest.mark.parametrize("status", [401, 403, 302])
def test_an_upstream_that_refuses_and_repeats_its_key(house, status):
    for model, secret in (("by-environment", "environment"), ("by-file", "file"), ("by-text", "literal")):
        said = f"Incorrect API key provided: Bearer {house.secrets[secret]}"
        house.upstream.answer_next(status, {"error": {"message": said, "code": house.secrets[secret]}}, [
            ("location", f"http://user:{house.secrets[secret]}@127.0.0.1/"),
            ("www-authenticate", f"Bearer error={house.secrets[secret]}")])
        assert house.chat(model=model)[0] == 502
    check_nothing_is_told(house)


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 500, 503])
def test_an_upstream_that_repeats_its_key_in_another_error(house, status):
    """Some upstreams answer a wrong key with 400, and some errors quote the request."""
    key = planted("sk-quoted")
    file = house.folder / "models/quoted.yaml"
    file.write_text(MODEL.format(name="quoted", url=house.upstream.url, key=f"api_key: {key}"))
    try:
        assert house.tell("reload").returncode == 0
        said = {"message": f"authorization: Bearer {key}", "code": key, "param": key}
        # Of a text that is no JSON the beginning is told: the key may lie where it is cut.
        cut = "x" * (210 - len(key)) + " " + key
        for body in ({"error": said}, {"detail": f"Bearer {key}"}, f"<p>authorization: Bearer {key}</p>", cut):
            house.upstream.answer_next(status, body)
            answer = house.chat(model="quoted")
            assert answer[0] >= 400 and house.logged(answer[1]["x-request-id"])
        assert not house.places_of(key) | house.places_of(key[:-12])
    finally:
        file.unlink()
        assert house.tell("reload").returncode == 0


def test_an_upstream_that_sends_its_key_back_in_headers(house):
    key = house.secrets["environment"]
    names = ("authorization", "x-api-key", "set-cookie", "server", "x-request-id", "x-echo", "via", "www-authenticate")
    house.upstream.answer_next(200, {"choices": []}, [(name, f"Bearer {key}") for name in names])
    assert house.chat()[0] == 200
    check_nothing_is_told(house)


def test_an_upstream_that_is_not_there(house):
    status, _, body = house.chat(model="gone")
    assert status == 502 and b"cannot be reached" in body
    check_nothing_is_told(house)


def test_streams_that_end_in_every_way(house):
    house.upstream.say("one")
    house.upstream.finish()
    assert b"[DONE]" in house.chat(stream=True)[2]
    house.upstream.say("one")
    house.upstream.break_off()
    assert b"upstream_failed" in house.chat(stream=True)[2]
    check_nothing_is_told(house)


def test_an_upstream_gets_its_own_key_and_nothing_of_the_clients(house):
    key = house.secrets["inference"]
    for model, own in (("by-environment", "environment"), ("by-file", "file"), ("by-text", "literal")):
        for headers in key_headers(key)[:6]:
            before = len(house.upstream.heads)
            assert house.chat(headers + HOP_BY_HOP + OF_THE_CLIENT, model=model)[0] == 200
            (head,) = house.upstream.heads[before:]
            names = {name.lower() for name, _ in head}
            assert [value for name, value in head if name.lower() == "authorization"] == [f"Bearer {house.secrets[own]}"]
            assert not names & {name for name, _ in HOP_BY_HOP + OF_THE_CLIENT} - {"connection", "user-agent"}
            assert not names & {"x-api-key", "api-key", "xi-api-key"}
            assert not any(word in value for _, value in head for word in (key, "x-foo", "client/1"))
    check_nothing_is_told(house)


def test_what_is_between_two_hops_stays_there(house):
    of_the_upstream = [
        ("connection", "x-bar"), ("x-bar", "for the gateway"), ("keep-alive", "timeout=5, max=9"), ("upgrade", "h2c"),
        ("proxy-authenticate", "Basic"), ("proxy-connection", "keep-alive"), ("te", "trailers"), ("trailer", "x-checksum"),
        ("set-cookie", "a=b"), ("server", "engine/1"), ("alt-svc", "h3=\":443\"")]
    house.upstream.answer_next(200, {"choices": []}, of_the_upstream)
    status, headers, _ = house.chat()
    assert status == 200
    assert not {name.lower() for name in headers} & {name for name, _ in of_the_upstream} - {"connection"}
    assert "x-bar" not in headers.get("connection", "")


def test_an_engine_does_not_inherit_secrets(house):
    pid = house.worker()["pid"]
    with open(f"/proc/{pid}/environ", "rb") as environment, open(f"/proc/{pid}/cmdline", "rb") as arguments:
        house.told["commands"].append(environment.read() + arguments.read())
    check_nothing_is_told(house)


URL = "endpoint: http://127.0.0.1:9/v1\n"
BROKEN = {
    "an unclosed quote": URL + 'api_key: "{}\n',
    "a colon too many": URL + "api_key: x: {}\n",
    "no space": URL + "api_key:{}\n",
    "a list": URL + "api_key: [{}]\n",
    "a mapping": URL + "api_key: {{value: {}}}\n",
    "twice": URL + "api_key: {}\napi_key: {}\n",
    "another name": URL + "apikey: {}\n",
    "headers": URL + "headers: {{authorization: Bearer {}}}\n",
    "another program's": URL + "proxy: {{api_key: {}}}\n",
    "two sources": URL + "api_key: {}\napi_key_file: cloud.key\n",
    "with its scheme": URL + "api_key: Bearer {}\nbackend: openai\n",
    "in the URL": "endpoint: http://user:{}@127.0.0.1:9/v1\n",
    "behind a tab": URL + "\tapi_key: {}\n",
    "behind a dollar": URL + "api_key: ${}\n",
    "in braces": URL + "api_key: ${{{}}}\n",
    "in a URL without scheme": "endpoint: user:{}@127.0.0.1:9/v1\n",
    "in a URL of another scheme": "endpoint: ftp://user:{}@127.0.0.1:9/v1\n",
    "in the query": "endpoint: http://127.0.0.1:9/v1?api_key={}\n",
}


def check_broken(house, path, text):
    """A file with a mistake near a secret: nothing that says so repeats the secret."""
    house.told["commands"].clear()
    secret = planted("sk-broken")
    file = house.folder / path
    old = file.read_text() if file.exists() else None
    try:
        file.write_text(text.replace("{}", secret).replace("{{", "{").replace("}}", "}"))
        assert house.tell("check").returncode == 1
        assert house.tell("check", "--json").returncode == 1
        assert house.tell("reload").returncode == 1
        admin = key_headers(house.secrets["admin"])[0]
        assert house.send("/admin/reload", admin, method="POST", place="admin")[0] == 422
        report = json.loads(house.send("/admin/configuration", admin, place="admin")[2])
        assert report["problems"]
        house.send("/metrics", admin, place="admin")
        assert not house.places_of(secret) - {path}
    finally:
        if old is None:
            file.unlink()
        else:
            file.write_text(old)
        wait_for("the files are in order again", lambda: house.run("reload").returncode == 0)


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_broken_model_file(house, mistake):
    check_broken(house, "models/broken.yaml", "name: broken\nbackend: openai\n" + BROKEN[mistake])


@pytest.mark.parametrize("entry", [
    "{{id: a, sha256: {}}}", "{{id: a, secret: {}}}", "{}", "{{id: a, sha256: {}", "id: a\n\tsha256: {}"])
def test_a_broken_key_file(house, entry):
    old = (house.folder / "config/keys.yaml").read_text()
    check_broken(house, "config/keys.yaml", f"{old}- {entry}\n")


def test_nothing_is_left_behind(house):
    """The last one, because it stops the gateway: what was still in memory is written then."""
    assert house.stop() == 0
    assert any(place == "data/ledger.sqlite" for place in house.places())
    check_nothing_is_told(house)


def check_nothing_is_told(house):
    found = house.finds()
    assert not found
