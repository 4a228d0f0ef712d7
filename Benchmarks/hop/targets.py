"""The gateways that are compared: how each is started, and what it says its version is."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import fixture

NGINX = """\
daemon off; worker_processes 1; worker_rlimit_nofile {files}; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections {connections}; }}
http {{
  access_log off; client_max_body_size 64m; client_body_buffer_size 1m; keepalive_requests 1000000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream mock {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096; tcp_nodelay on;
    location / {{ proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }}
  }}
}}
"""
HAPROXY = """\
global
  nbthread 1
  maxconn {connections}
defaults
  mode http
  option http-no-delay
  timeout connect 10s
  timeout client 900s
  timeout server 900s
frontend front
  bind 127.0.0.1:{port}
  default_backend back
backend back
  http-reuse always
  server mock 127.0.0.1:{upstream}
"""


class Target:
    """Something between load and upstream. `start` returns a process and the port that it serves on."""

    name = "direct"
    slow = False  # starts in seconds: then once for each round
    model = fixture.MODEL

    def problem(self):
        """Why it cannot take part, None if it can."""
        return None

    def version(self):
        return ""

    def start(self, folder, upstream, core, nice):
        return None, upstream

    def version_of(self, *command):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return (result.stdout + result.stderr).strip().splitlines()[0]


class Roundhouse(Target):
    name = "roundhouse"

    def __init__(self, binary, governed=False):
        self.binary, self.governed = pathlib.Path(binary), governed
        if governed:
            self.name = "roundhouse-governed"

    def problem(self):
        return None if self.binary.exists() else f"{self.binary} is not there; swift build -c release makes it"

    def version(self):
        return "roundhouse " + self.version_of(self.binary, "--version")

    def start(self, folder, upstream, core, nice):
        log = pathlib.Path(folder) / "roundhouse.log"
        log.write_text("")
        folder = pathlib.Path(folder) / self.name
        folder.mkdir(exist_ok=True)
        arguments = fixture.write_configuration(folder, upstream, self.governed)
        process = fixture.start([self.binary, "serve"] + arguments, log, core, nice)
        try:
            return process, fixture.wait_for_address(process, log)
        except fixture.Failure:
            fixture.stop(process)
            raise


class Proxy(Target):
    """A program of Debian's with a configuration file; `connections` makes its limit of the open files."""

    def __init__(self, name, template, arguments, connections):
        self.name, self.template, self.arguments = name, template, arguments
        self.connections = connections
        self.program = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

    def problem(self):
        return None if self.program else f"{self.name} was not found; on Debian: apt-get install {self.name}"

    def version(self):
        return self.version_of(self.program, "-v")

    def start(self, folder, upstream, core, nice):
        port, folder = fixture.free_port(), pathlib.Path(folder)
        config, log = folder / f"{self.name}.conf", folder / f"{self.name}.out"
        files = fixture.raise_open_files()
        config.write_text(
            self.template.format(
                folder=folder, upstream=upstream, port=port, files=files, connections=self.connections(files)
            )
        )
        process = fixture.start([self.program] + self.arguments + [config], log, core, nice)
        try:
            fixture.wait_for_port(port, process, log)
        except fixture.Failure:
            fixture.stop(process)
            raise
        return process, port


class Package(Target):
    """A gateway from PyPI, in a virtual environment of its own."""

    slow = True

    def __init__(self, name, packages, command, model="upstream", config=None):
        self.name, self.packages, self.command, self.model, self.config = name, packages, command, model, config
        self.venv = fixture.BUILD / f"venv-{name}"

    def problem(self):
        if (self.venv / "ready").exists():
            return None
        print(f"installing {self.name} from PyPI ...", file=sys.stderr)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(self.venv)], check=True, capture_output=True)
            pip = [str(self.venv / "bin/python"), "-m", "pip", "install", "--quiet"]
            subprocess.run(pip + self.packages, check=True, capture_output=True, text=True, timeout=900)
        except subprocess.CalledProcessError as error:
            lines = str(error.stderr or "").strip().splitlines()
            return f"{self.name} does not install: {lines[-1] if lines else error}"
        except subprocess.TimeoutExpired:
            return f"{self.name} does not install within 15 minutes"
        (self.venv / "ready").touch()
        return None

    def version(self):
        listing = self.version_of(self.venv / "bin/python", "-m", "pip", "list", "--format=json")
        versions = {entry["name"].lower(): entry["version"] for entry in json.loads(listing)}
        return f"{self.name} {versions.get(self.name, '?')}"

    def start(self, folder, upstream, core, nice):
        port, folder = fixture.free_port(), pathlib.Path(folder)
        log, config = folder / f"{self.name}.out", folder / f"{self.name}.yaml"
        if self.config:
            config.write_text(self.config.format(upstream=upstream))
        words = [part.format(port=port, upstream=upstream, config=config) for part in self.command]
        process = fixture.start([self.venv / "bin" / words[0]] + words[1:], log, core, nice)
        try:
            fixture.wait_for_port(port, process, log, 180)
        except fixture.Failure:
            fixture.stop(process)
            raise
        return process, port


ROUTER = ["--host", "127.0.0.1", "--port", "{port}", "--worker-urls", "http://127.0.0.1:{upstream}", "--policy",
          "round_robin"]
# No key: nobody checks one in the others either, and a weak one must be permitted like none.
LITELLM = """\
general_settings: {{dangerously_permit_weak_or_unset_master_key: true}}
model_list:
  - model_name: upstream
    litellm_params: {{model: openai/upstream, api_base: "http://127.0.0.1:{upstream}/v1", api_key: none}}
"""


def targets(binary, everything):
    """All targets, in the order of measuring."""
    found = [
        Target(),
        # From 1/16 of free connections on, nginx closes those that have not sent a request yet: hence more than files.
        Proxy("nginx", NGINX, ["-c"], lambda files: min(files, 20_000) + 2_500),
        Roundhouse(binary),
        Roundhouse(binary, governed=True),
        Proxy("haproxy", HAPROXY, ["-db", "-q", "-f"], lambda files: min(30_000, (files - 200) // 2)),
    ]
    if everything:
        found += [
            Package("vllm-router", ["vllm-router"], ["vllm-router"] + ROUTER),
            Package("sglang-router", ["sglang-router"], ["python", "-m", "sglang_router.launch_router"] + ROUTER),
            Package(
                "litellm", ["litellm[proxy]"],
                ["litellm", "--config", "{config}", "--host", "127.0.0.1", "--port", "{port}", "--num_workers", "1"],
                config=LITELLM),
        ]
    return found


def tree(pid):
    """A process and its descendants."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def cpu_ns(pid):
    """Nanoseconds on a core, by all threads of a process tree, so far."""
    total = 0
    for one in tree(pid):
        for task in pathlib.Path(f"/proc/{one}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except (OSError, IndexError):
                continue
    return total


def memory(pid, field="VmRSS"):
    """MB (of 1,000,000 bytes) of a process tree: now, or at its highest with `VmHWM`."""
    total = 0
    for one in tree(pid):
        try:
            match = re.search(rf"^{field}:\s+(\d+) kB", pathlib.Path(f"/proc/{one}/status").read_text(), re.M)
        except OSError:
            continue
        total += int(match[1]) * 1024 if match else 0
    return total / 1e6
