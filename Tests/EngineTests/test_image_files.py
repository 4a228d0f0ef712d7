"""Pictures that are kept as files, and starts that must fail."""

import os
import re

import pytest

from conftest import need_large
from engine import wait_for
from pictures import FILES, GENERATIONS, SMALL, painted


def test_urls_show_the_picture(painter, picture_files):
    answer = painter.post(GENERATIONS, SMALL | {"response_format": None, "output_format": "jpeg"}).json()
    url = answer["data"][0]["url"]
    assert re.fullmatch(r"http://gateway/v1/files/images/[0-9a-f]{32}\.jpeg", url)
    name = url.rsplit("/", 1)[1]
    assert (picture_files / name).stat().st_mode & 0o777 == 0o600
    got = painter.get(f"{FILES}/{name}")
    assert got.status == 200 and got.type == "image/jpeg" and got.body == (picture_files / name).read_bytes()
    assert got.body == painted(painter, output_format="jpeg")


@pytest.mark.parametrize("name", ["0" * 32 + ".png", "..%2f..%2fetc%2fpasswd", "secret.txt"])
def test_other_files_are_not_shown(painter, picture_files, name):
    (picture_files / "secret.txt").write_text("secret")
    assert painter.get(f"{FILES}/{name}").error(404)["code"] == "not_found"


def test_pictures_expire_and_go_at_the_end(own, pipeline, tmp_path):
    old, other = tmp_path / ("a" * 32 + ".png"), tmp_path / "notes.txt"
    for each in (old, other):
        each.write_text("left from before")
        os.utime(each, (0, 0))
    engine = own("diffusers", "--model", pipeline, "--threads", "1", "--files", tmp_path, "--files-ttl", "3").start()
    assert not old.exists() and other.exists()
    names = [each["url"].rsplit("/", 1)[1] for each in
             engine.post(GENERATIONS, SMALL | {"response_format": "url"}).json()["data"]]
    path = f"{FILES}/{names[0]}"
    assert engine.get(path).status == 200
    wait_for("expired", lambda: engine.get(path).status == 404, 10)
    wait_for("deleted", lambda: not (tmp_path / names[0]).exists(), 10)
    engine.post(GENERATIONS, SMALL | {"response_format": "url"})
    assert len(list(tmp_path.glob("*.png"))) == 1
    assert engine.stop() == 0
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_without_a_folder_there_are_no_urls(own, pipeline):
    engine = own("diffusers", "--model", pipeline, "--threads", "1").start()
    assert "b64_json" in engine.post(GENERATIONS, SMALL | {"response_format": None}).json()["data"][0]
    error = engine.post(GENERATIONS, SMALL | {"response_format": "url"}).error()
    assert error["message"] == "this server keeps no pictures (it runs without --files); ask for response_format b64_json"
    assert engine.get(f"{FILES}/" + "0" * 32 + ".png").error(404)
    assert engine.stop() == 0


def test_wrong_folders_are_said_at_once(own, tmp_path):
    need_large("diffusers")
    (tmp_path / "model.safetensors").write_bytes(b"")
    for path, sentence in [
            (tmp_path / "absent", f"there is no file or folder {tmp_path / 'absent'}"),
            (tmp_path, f"{tmp_path} is no folder of a diffusers pipeline: it has no model_index.json"),
            (tmp_path / "model.safetensors", f"{tmp_path / 'model.safetensors'} is a file; diffusers wants the folder of a pipeline, "
             "with a model_index.json in it")]:
        assert own("diffusers", "--model", path).failure(seconds=5) == (1, sentence)


def test_a_damaged_pipeline_is_said_in_a_sentence(own, pipeline, tmp_path):
    for file in pipeline.rglob("*"):
        if file.is_file():
            target = tmp_path / file.relative_to(pipeline)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes()[:1000] if file.suffix == ".safetensors" else file.read_bytes())
    code, last = own("diffusers", "--model", tmp_path).failure(seconds=60)
    assert code == 1 and last.startswith(f"diffusers could not load {tmp_path}: ")
