"""Requests that leave the house are chained: what somebody changes in the file is found; what must stay, stays."""

import contextlib
import json
import shutil
import sqlite3

import pytest

from books import Books, attached
from chain import COLUMNS, Chain
from conftest import GUIDE_YAML, wait_for
from upstream import Upstream, outer_address

ESCALATIONS = 6
CONFIGURATION = """
teams:
  research: {models: [guide, far]}
  house: {local_only: true}
"""
EVERYTHING_BUT_SEQ = ", ".join([*COLUMNS[1:], "previous", "hash"])


@pytest.fixture(scope="module")
def abroad():
    """An upstream on an address that is not loopback."""
    if outer_address().startswith("127."):
        pytest.skip("this machine has no address but loopback, so that nothing can leave it")
    upstream = Upstream(outer_address())
    yield upstream
    upstream.stop()


def far(upstream):
    return attached("far", upstream.url, "aliases: [clever]", "cost: {input_per_million: 1000, output_per_million: 2000}")


@pytest.fixture(scope="module")
def audited(engine, abroad, tmp_path_factory):
    """A gateway that has sent some requests out of the house and some not, and has been stopped; its head halfway and in the
    end."""
    house = Books(tmp_path_factory.mktemp("audited"), [GUIDE_YAML, far(abroad)], CONFIGURATION)
    for name, options in (("ci", ["--team", "research"]), ("admin", ["--class", "admin"])):
        house.make_key(name, *options)
    house.start().ready()
    try:
        assert house.ask("guide", "ci")[0] == 200
        for number in range(ESCALATIONS):
            name, feature = ("far", "clever")[number % 2], {"feature": f"f{number}"}
            assert house.ask(name, "ci", f"far-{number}", metadata=feature)[0] == 200
            if number == ESCALATIONS // 2:
                unbroken(house, number + 1)
                house.halfway = head_of(house)
        assert house.ask("nothing", "ci")[0] == 404
        unbroken(house, ESCALATIONS)
        asked = json.loads(house.get("/admin/audit", house.headers("admin"))[2])
        assert asked["sound"] and asked["count"] == ESCALATIONS
        house.end = head_of(house)
        assert house.audit("--expect", house.halfway).returncode == 0
    finally:
        assert house.stop() == 0
    return house


def unbroken(house, count):
    """Waits for the audit to know so many; event loops hand records on ten times a second."""
    def audited():
        shown = house.audit()
        assert shown.returncode == 0, shown.stderr
        return f"{count} escalations, unbroken." in shown.stdout

    wait_for(f"{count} escalations", audited)


def head_of(house):
    shown = house.audit("--head")
    assert shown.returncode == 0, shown.stderr
    return shown.stdout.strip()


@pytest.fixture
def chain(audited, tmp_path):
    return Chain(audited.folder / "data", tmp_path / "data")


def verify(audited, chain, *options):
    """Whether the audit of a copy is sound, and what it says otherwise."""
    command = [argument for argument in audited.command("usage audit", "--verify", "--json", *options)
               if not argument.startswith("--data=")]
    shown = audited.execute([*command, f"--data={chain.folder}"])
    document = json.loads(shown.stdout)
    assert shown.returncode == (0 if document["sound"] else 1)
    return document["sound"], " ".join(document["problems"])


def test_what_left_the_house_is_there(audited, chain, abroad):
    with chain.opened(forced=False) as database:
        # Event loops hand on what they have each for itself, so that neighbours can come in either order.
        columns = "request_id, team, key, feature, requested_model, model, reason, cost"
        rows = database.execute(f"SELECT {columns} FROM escalations ORDER BY request_id")
        assert rows.fetchall() == [
            (f"far-{number}", "research", "ci", f"f{number}", ("far", "clever")[number % 2], "far",
             ("name", "alias")[number % 2], 1_200_000_000) for number in range(ESCALATIONS)]
        numbers = [row[0] for row in database.execute("SELECT seq FROM escalations ORDER BY seq")]
        assert numbers == list(range(1, ESCALATIONS + 1))
    escalated = [row["request_id"] for row in audited.rows(order="request_id") if row["escalated"]]
    assert escalated == [f"far-{number}" for number in range(ESCALATIONS)]
    assert len(abroad.requests) == ESCALATIONS
    assert chain.is_as_documented()
    assert verify(audited, chain) == (True, "")
    for head in (audited.halfway, audited.end):
        assert verify(audited, chain, "--expect", head) == (True, "")


def test_rows_refuse_to_change(chain):
    for statement in ("UPDATE escalations SET team = 'x' WHERE seq = 2", "DELETE FROM escalations WHERE seq = 2"):
        with chain.opened(forced=False) as database, pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(statement)


SWAP = (
    "CREATE TEMP TABLE kept AS SELECT * FROM escalations WHERE seq IN (3, 4)",
    *(f"UPDATE escalations SET ({EVERYTHING_BUT_SEQ}) = (SELECT {EVERYTHING_BUT_SEQ} FROM kept WHERE kept.seq = {b}) "
      f"WHERE seq = {a}" for a, b in ((3, 4), (4, 3))))
TAMPERINGS = {
    "an edited text": (["UPDATE escalations SET team = 'others' WHERE seq = 3"], "Escalation 3 was changed"),
    "an edited number": (["UPDATE escalations SET output_tokens = 99 WHERE seq = 2"], "Escalation 2 was changed"),
    "an unknown number": (["UPDATE escalations SET cost = NULL WHERE seq = 6"], "Escalation 6 was changed"),
    "a number as text": (["UPDATE escalations SET team = 1 WHERE seq = 5"], "Escalation 5 was changed"),
    "something behind a zero": (
        ["UPDATE escalations SET key = key || char(0) || 'x' WHERE seq = 1"], "Escalation 1 was changed"),
    "another hash": (["UPDATE escalations SET hash = randomblob(32) WHERE seq = 4"], "Escalation 4 was changed"),
    "another ancestor": (["UPDATE escalations SET previous = randomblob(32) WHERE seq = 4"], "Escalation 4 was changed"),
    "a dropped row": (["DELETE FROM escalations WHERE seq = 3"], "Escalation 3 is missing"),
    "dropped rows": (["DELETE FROM escalations WHERE seq IN (2, 3, 4)"], "Escalations 2 to 4 are missing"),
    "a dropped beginning": (["DELETE FROM escalations WHERE seq = 1"], "Escalation 1 is missing"),
    "a gap that is closed": (
        ["DELETE FROM escalations WHERE seq = 3", "UPDATE escalations SET seq = seq - 1 WHERE seq > 3"],
        "Escalation 3 was changed"),
    "exchanged rows": (SWAP, "Escalation 3 was changed"),
    "exchanged numbers": (
        [f"UPDATE escalations SET seq = {b} WHERE seq = {a}" for a, b in ((3, 99), (4, 3), (99, 4))],
        "Escalation 3 was changed"),
    "a truncated tail": (["DELETE FROM escalations WHERE seq = 6"], "Escalation 6 is missing"),
    "nothing left": (["DELETE FROM escalations"], "Escalations 1 to 6 are missing"),
    "one row too many": (
        [f"INSERT INTO escalations SELECT 7, {EVERYTHING_BUT_SEQ} FROM escalations WHERE seq = 6"],
        "Escalation 7 was changed"),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_found(audited, chain, tampering):
    statements, words = TAMPERINGS[tampering]
    chain.run(*statements)
    sound, problems = verify(audited, chain)
    assert not sound and words in problems


def test_a_missing_trigger_is_found(audited, chain):
    with contextlib.closing(sqlite3.connect(chain.path)) as database:
        database.execute("DROP TRIGGER escalations_never_go")
    sound, problems = verify(audited, chain)
    assert not sound and "escalations_never_go is gone" in problems


@pytest.mark.parametrize("text", [None, "", "{}", "not a head\n"])
def test_a_head_that_is_gone_or_damaged_is_found(audited, chain, text):
    chain.run("DELETE FROM escalations WHERE seq = 6")
    if text is None:
        chain.head.unlink()
    else:
        chain.head.write_text(text)
    sound, problems = verify(audited, chain)
    assert not sound and "nothing vouches for the end" in problems


def test_history_written_anew_needs_a_head_kept_elsewhere(audited, chain):
    """Whoever can write both files can write both anew; only what was exported before shows it."""
    chain.run("UPDATE escalations SET key = 'somebody' WHERE seq = 2")
    chain.write_anew(writes_head=False)
    sound, problems = verify(audited, chain)
    assert not sound and "history was written anew" in problems
    chain.write_anew(writes_head=True)
    assert verify(audited, chain) == (True, "")
    for head in (audited.halfway, audited.end):
        sound, problems = verify(audited, chain, "--expect", head)
        assert not sound and "history was written anew" in problems


def test_a_tail_and_its_head_cut_off_need_a_head_kept_elsewhere(audited, chain):
    chain.run("DELETE FROM escalations WHERE seq > 4")
    chain.head.write_text(audited.halfway + "\n")
    assert verify(audited, chain) == (True, "")
    assert verify(audited, chain, "--expect", audited.halfway) == (True, "")
    sound, problems = verify(audited, chain, "--expect", audited.end)
    assert not sound and "Escalations 5 to 6 are missing" in problems


def test_an_expectation_that_is_none(audited):
    shown = audited.audit("--expect", "nonsense")
    assert shown.returncode == 64 and "--head" in shown.stderr


def test_a_gateway_that_finds_tampering_says_so_and_keeps_the_evidence(audited, abroad, tmp_path):
    house = Books(tmp_path / "house", [far(abroad)])
    house.make_key("admin", "--class", "admin")
    shutil.rmtree(house.folder / "data")
    chain = Chain(audited.folder / "data", house.folder / "data")
    chain.run("DELETE FROM escalations WHERE seq = 6")
    house.start()
    try:
        assert house.ask("far", "admin")[0] == 200
        assert house.metric("roundhouse_escalation_audit_broken") == 1
        wait_for("the log says so", lambda: any("tampered" in line for line in house.errors))
    finally:
        assert house.stop() == 0
    assert [path.read_text().strip() for path in chain.folder.glob("escalations.head.broken-*")] == [audited.end]
    sound, problems = verify(audited, chain)
    assert not sound and "once disagreed" in problems


def test_after_a_kill_the_chain_is_whole(abroad, tmp_path):
    house = Books(tmp_path / "house", [far(abroad)])
    house.make_key("open")
    for repetition in range(3):
        before = len(house.rows()) if repetition else 0
        house.start()
        for number in range(3):
            assert house.ask("far", "open", f"{repetition}-{number}")[0] == 200
        house.rows_when(before + 3)
        assert house.ask("far", "open")[0] == 200
        house.process.kill()
        house.process.wait()
        shown = house.audit("--verify")
        assert shown.returncode == 0, shown.stderr
    house.start()
    assert house.stop() == 0
    assert house.audit("--verify").returncode == 0


@pytest.mark.parametrize("forbids", ["the team", "the key", "the gateway", "the environment"])
def test_nothing_leaves_where_it_must_not(engine, abroad, tmp_path, forbids):
    offline = "offline: true\n" if forbids == "the gateway" else ""
    house = Books(
        tmp_path / "house", [GUIDE_YAML, far(abroad)], CONFIGURATION + offline,
        environment={"ROUNDHOUSE_OFFLINE": "true"} if forbids == "the environment" else {})
    house.make_key("ci", *{"the team": ["--team", "house"], "the key": ["--local-only"]}.get(forbids, []))
    house.start().ready()
    seen = len(abroad.requests)
    try:
        for model in ("far", "clever"):
            for more in ({}, {"stream": True}):
                status, _, answer = house.ask(model, "ci", **more)
                assert status == 403 and answer["error"]["code"] == "escalation_forbidden"
        assert house.ask("guide", "ci")[0] == 200
    finally:
        assert house.stop() == 0
    assert len(abroad.requests) == seen
    kept = sorted((row["outcome"], row["status"], row["escalated"]) for row in house.rows())
    assert kept == [("ok", 200, 0)] + [("refused", 403, 0)] * 4
    shown = house.audit()
    assert shown.returncode == 0 and "0 escalations" in shown.stdout
