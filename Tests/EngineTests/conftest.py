"""What tests of engine servers stand on: the real `serve.py` of an engine, on a Unix socket in a folder of its own.

An engine's environment is looked for in $ROUNDHOUSE_ENGINE_ENVIRONMENTS, else .build/e2e/data/engines, as NAME/bin/python. Without it
the tests are skipped, or fail if $ROUNDHOUSE_REQUIRE_ENGINES is set.
"""

import os
import pathlib
import shutil
import tempfile

import pytest

import tiny_models
from engine import Engine

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENGINES = pathlib.Path(os.environ.get("ROUNDHOUSE_ENGINE_ENVIRONMENTS", ROOT / ".build/e2e/data/engines"))
EAR = ROOT / "models/roundhouse-ear.bin"


def missing(what):
    """Skips the test, or fails it where engines are required."""
    if os.environ.get("ROUNDHOUSE_REQUIRE_ENGINES"):
        pytest.fail(what)
    pytest.skip(what)


def need_python(name):
    """The Python of an engine's environment."""
    found = ENGINES / name / "bin/python"
    if not found.exists():
        missing(f"the engine {name} is not installed: there is no {found}")
    return found


def need_large(name):
    """The Python of an engine that takes a GB or more. It is never required: without it a test is skipped."""
    found = ENGINES / name / "bin/python"
    if not found.exists():
        pytest.skip(f"the engine {name} is not installed: there is no {found}")
    return found


def need_program(name):
    return shutil.which(name) or missing(f"the program {name} is not installed")


def make_engine(folder, name, *arguments, environment=None):
    """An engine that is not started. `environment` is the engine whose packages it runs with, by default its own."""
    script = ROOT / "engines" / name / "serve.py"
    return Engine(need_python(environment or name), script, folder, [str(each) for each in arguments])


@pytest.fixture
def own():
    """Makes engines that a test may stop or break; they are stopped, and their folders removed, at its end."""
    made, folders = [], []

    def make(name, *arguments, **more):
        # Not pytest's folder: a socket's path may have 107 bytes.
        folders.append(tempfile.TemporaryDirectory(prefix="rh-"))
        made.append(make_engine(folders[-1].name, name, *arguments, **more))
        return made[-1]

    yield make
    for each in made:
        each.stop()
    for each in folders:
        each.cleanup()


def session_engine(name, *arguments, **more):
    """A generator for a fixture: one started engine, that must have lived through the tests."""
    with tempfile.TemporaryDirectory(prefix="rh-") as folder:
        engine = make_engine(folder, name, *arguments, **more).start()
        try:
            yield engine
            assert engine.process.poll() is None, f"the engine ended during the tests:\n{engine.said()}"
        finally:
            engine.stop()


@pytest.fixture(scope="session")
def whisper():
    yield from session_engine("whisper", "--model", EAR, "--alias", "ear", "--threads", 1)


@pytest.fixture(scope="session")
def espeak():
    need_program("espeak-ng")
    yield from session_engine("espeak", "--alias", "speaker")


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    for reason in sorted({each.longrepr[2] for each in skipped}):
        terminalreporter.write_line(f"{sum(each.longrepr[2] == reason for each in skipped)} tests: {reason}")


@pytest.fixture(scope="session")
def minilm_folder(tmp_path_factory):
    need_large("sentence-transformers")
    return tiny_models.unpack_minilm(tmp_path_factory.mktemp("minilm"))


@pytest.fixture(scope="session")
def minilm(minilm_folder):
    yield from session_engine("sentence-transformers", "--model", minilm_folder, "--alias", "minilm", "--threads", "1")


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pipeline")
    tiny_models.run(need_large("diffusers"), "tiny-models/make_diffusion.py", folder)
    return folder


@pytest.fixture(scope="session")
def picture_files(tmp_path_factory):
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="session")
def painter(pipeline, picture_files):
    yield from session_engine(
        "diffusers", "--model", pipeline, "--alias", "painter", "--threads", "1", "--max-pixels", "65536", "--steps", "4",
        "--files", picture_files, "--files-url", "http://gateway/v1/files/images/")
