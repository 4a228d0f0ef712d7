"""Other files under a running gateway."""

import json
import os
import signal
import threading

import openai
import pytest

from conftest import GUIDE_YAML, wait_for

MESSAGES = [{"role": "user", "content": "What is Roundhouse?"}]


def ask(gateway, model="guide", **more):
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused", max_retries=0)
    return client.chat.completions.create(model=model, messages=MESSAGES, **more)


def names(gateway):
    return {model["id"] for model in json.loads(gateway.get("/v1/models")[2])["data"]}


def test_files_are_taken_up_and_what_is_the_same_goes_on(own):
    gateway = own().start().ready()
    pid = gateway.worker()["pid"]
    stream = ask(gateway, stream=True)
    next(iter(stream))
    (gateway.folder / "models/more.yaml").write_text(GUIDE_YAML.replace("guide", "second", 1).replace(
        "[default, team/guide]", "[]"))
    wait_for("the new model", lambda: "second" in names(gateway), 10)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert gateway.worker()["pid"] == pid
    (gateway.folder / "models/more.yaml").unlink()
    wait_for("it is gone", lambda: "second" not in names(gateway), 10)
    with pytest.raises(openai.NotFoundError):
        ask(gateway, model="second")
    assert gateway.worker()["pid"] == pid


def test_a_changed_engine_is_started_again_and_nothing_else(own):
    gateway = own().start().ready()
    pid = gateway.worker()["pid"]
    path = gateway.folder / "models/0.yaml"
    path.write_text(GUIDE_YAML + "cost: {input_per_million: 1, output_per_million: 1}\n")
    shown = gateway.run("reload")
    assert shown.returncode == 0 and "guide (cost)" in shown.stdout, shown.stdout + shown.stderr
    assert gateway.worker()["pid"] == pid
    path.write_text(GUIDE_YAML.replace("context_size: 1024", "context_size: 512"))
    shown = gateway.run("reload")
    assert "context_size" in shown.stdout and "restarts" in shown.stdout
    assert ask(gateway, max_tokens=4).choices
    assert gateway.worker()["pid"] != pid


def test_a_broken_file_changes_nothing_and_is_reported_everywhere(own):
    gateway = own().start().ready()
    (gateway.folder / "models/broken.yaml").write_text("name: guide\nbackend: llama-cpp\nparametres: {}\n")
    wait_for("the log says so", lambda: any("not used" in line for line in gateway.errors), 10)
    assert ask(gateway, max_tokens=4).choices
    shown = gateway.run("reload")
    assert shown.returncode == 1 and "broken.yaml:3" in shown.stdout + shown.stderr
    assert "parametres" in gateway.run("check").stdout
    status, _, body = gateway.get("/admin/configuration")
    assert status == 200 and not json.loads(body)["ok"] and "broken.yaml:3" in json.dumps(json.loads(body)["problems"])
    assert b"roundhouse_config_reload_success 0" in gateway.get("/metrics")[2]
    (gateway.folder / "models/broken.yaml").unlink()
    wait_for("all is well", lambda: json.loads(gateway.get("/admin/configuration")[2])["ok"], 10)


def test_hangup_reads_the_files(own):
    gateway = own().start().ready()
    before = len([line for line in gateway.errors if "SIGHUP" in line])
    gateway.process.send_signal(signal.SIGHUP)
    wait_for("it says so", lambda: len([line for line in gateway.errors if "SIGHUP" in line]) > before)
    assert ask(gateway, max_tokens=4).choices


def test_two_hundred_reloads_under_streams_lose_nothing(own):
    gateway = own().start().ready()
    done, answers, failures = threading.Event(), [], []

    def streams():
        while not done.is_set():
            try:
                last = None
                for chunk in ask(gateway, stream=True):
                    last = chunk
                answers.append(last.choices[0].finish_reason)
            except Exception as error:  # noqa: BLE001 - each kind of failure is one too many
                failures.append(repr(error))

    def descriptors():
        return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))

    def memory():
        with open(f"/proc/{gateway.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * 4096

    threads = [threading.Thread(target=streams) for _ in range(2)]
    for thread in threads:
        thread.start()
    path = gateway.folder / "models/0.yaml"
    try:
        for number in range(200):
            # Each a change: of the price, each tenth of the engine.
            threads_used = 2 if number % 20 == 10 else 1
            path.write_text(GUIDE_YAML.replace("threads: 1", f"threads: {threads_used}")
                            + f"cost: {{input_per_million: {number}, output_per_million: 1}}\n")
            status, _, body = gateway.get("/admin/reload", method="POST")
            assert status == 200, body
            if number == 20:
                before = descriptors(), memory()
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
    assert not failures, failures[:3]
    assert len(answers) >= 2 and set(answers) == {"stop"}
    wait_for("old engines are gone", lambda: len(gateway.workers()) == 1)
    wait_for("no descriptor is left behind", lambda: descriptors() <= before[0] + 4)
    assert memory() < before[1] + 16_000_000
