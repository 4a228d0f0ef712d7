"""Memory, by the commands that people use, with the real engine."""

import json
import subprocess

import pytest

from conftest import GUIDE_YAML, wait_for

OTHER = GUIDE_YAML.replace("name: guide", "name: other").replace("aliases: [default, team/guide]\n", "").replace(
    "warm_up: true\n", "")


def sized(yaml, mebibytes):
    return yaml + f"memory: {mebibytes}MiB\n"


@pytest.fixture
def house(own):
    gateway = own([sized(GUIDE_YAML, 600), sized(OTHER, 600)])
    (gateway.folder / "config/roundhouse.yaml").write_text("memory: {budget: 1GiB}\n")
    return gateway


def states(gateway):
    return {each["model"]: each["state"] for each in gateway.workers()}


def test_fit_says_what_fits(house):
    shown = house.run("models fit")
    assert shown.returncode == 0, shown.stderr
    assert "600 MiB" in shown.stdout and "The budget is 1 GiB" in shown.stdout
    assert "together they need 1.2 GiB" in shown.stdout and "\n  guide\n  other" in shown.stdout
    assert house.run("models fit", "guide").returncode == 0
    both = house.run("models fit", "guide", "other")
    assert both.returncode == 1 and "do not fit" in both.stdout
    report = json.loads(house.run("models fit", "--json").stdout)
    assert report["budget"] == 1 << 30 and report["sets"] == [["guide"], ["other"]]


def test_the_model_that_is_asked_for_takes_the_place_of_the_idle_one(house):
    house.start().ready()
    assert states(house) == {"guide": "ready", "other": "stopped"}
    body = {"model": "other", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 4}
    assert house.get("/v1/chat/completions", method="POST", body=body)[0] == 200
    assert states(house) == {"guide": "stopped", "other": "ready"}
    table = house.run("ps").stdout
    assert "guide with 600 MiB is idle and makes room" in table and "planned of 1 GiB" in table
    assert any("is idle and makes room" in line for line in house.errors)


def test_load_unload_and_logs(house):
    house.start().ready()
    assert house.run("models load", "other").stdout == "other is ready.\n"
    assert states(house)["other"] == "ready"
    log = house.run("logs", "other")
    assert log.returncode == 0 and log.stdout.strip(), log.stderr
    follower = subprocess.Popen(
        house.command("logs", "other", "-f"), env=house.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert follower.stdout.readline().strip()
        assert house.run("models unload", "other").stdout == "other is unloaded.\n"
        wait_for("unloaded", lambda: states(house)["other"] == "stopped")
        assert follower.poll() is None
    finally:
        follower.terminate()
        follower.wait()
    missing = house.run("models load", "nothing")
    assert missing.returncode == 1 and "no model" in missing.stderr


def test_sizes_are_learned_and_kept(own):
    gateway = own([GUIDE_YAML]).start().ready()
    wait_for("measured", lambda: gateway.worker().get("memory_bytes"))
    gateway.stop()
    report = json.loads(gateway.run("models fit", "--json").stdout)["models"][0]
    assert report["source"] == "learned" and 1 << 20 < report["bytes"] < 1 << 30


def test_one_that_never_fits_is_refused_with_both_figures(own):
    gateway = own([sized(OTHER, 2000)])
    (gateway.folder / "config/roundhouse.yaml").write_text("memory: {budget: 1GiB}\n")
    gateway.start()
    body = {"model": "other", "messages": [{"role": "user", "content": "hello"}]}
    status, headers, answer = gateway.get("/v1/chat/completions", method="POST", body=body)
    error = json.loads(answer)["error"]
    assert status == 503 and error["code"] == "insufficient_memory" and headers["x-should-retry"] == "false"
    assert "other needs 2 GiB (declared), and the budget is 1 GiB" in error["message"]


def test_memory_limit_ends_the_engine_alone(own):
    tight = GUIDE_YAML.replace("warm_up: true\n", "") + "memory_limit: 4MiB\n"
    gateway = own([tight, OTHER]).start()
    body = {"model": "guide", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 900, "ignore_eos": True}
    said = []

    def ran_out():
        said.append(gateway.get("/v1/chat/completions", method="POST", body=body)[2].decode())
        return "ran out of memory: it took" in said[-1] and "memory_limit is 4 MiB" in said[-1]

    wait_for("out of memory", ran_out)
    body["model"] = "other"
    assert gateway.get("/v1/chat/completions", method="POST", body=body)[0] == 200
