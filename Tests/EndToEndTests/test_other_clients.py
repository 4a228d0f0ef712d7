"""Programs and libraries that people use, with the settings of docs/clients.md, in front of the real engine."""

import os
import pathlib
import subprocess
import sys

from llama_index.llms.openai_like import OpenAILike

QUESTION = "How do I add a model?"


def test_llama_index(gateway):
    model = OpenAILike(model="guide", api_base=gateway.url + "/v1", api_key="unused", is_chat_model=True, max_retries=0)
    assert "YAML" in model.complete(QUESTION).text
    assert "YAML" in "".join(each.delta for each in model.stream_complete(QUESTION))


def test_llm(gateway, tmp_path):
    (tmp_path / "extra-openai-models.yaml").write_text(
        f"- model_id: guide\n  model_name: guide\n  api_base: {gateway.url}/v1\n")
    program = pathlib.Path(sys.executable).with_name("llm")
    for more in ([], ["--no-stream"]):
        done = subprocess.run(
            [program, "-m", "guide", "--key", "unused", *more, QUESTION], capture_output=True, text=True, timeout=120,
            env=os.environ | {"LLM_USER_PATH": str(tmp_path)})
        assert done.returncode == 0 and "YAML" in done.stdout, done.stderr
