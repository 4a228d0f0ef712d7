"""`/metrics` of a running gateway, and what docs/monitoring makes of it."""

import json
import re
import subprocess

import pytest

from conftest import GUIDE_YAML, ROOT, Gateway, wait_for
from tools import tool
from upstream import Upstream, outer_address

MONITORING = ROOT / "docs/monitoring"
MESSAGES = [{"role": "user", "content": "How do I add a model?"}]
TEAMS = """
teams:
  research: {limits: {requests_per_minute: 4, concurrent: 2}, budget: {amount: 5, per: month}}
"""
FAR_YAML = "name: far\nbackend: openai\nendpoint: {}\ncost: {{input_per_million: 1000, output_per_million: 2000}}\n"
# Only there with a certificate of the gateway's own, or written by Prometheus itself.
ELSEWHERE = {"roundhouse_tls_certificate_expiry_timestamp_seconds", "up"}


class Scrape:
    def __init__(self, text):
        self.text = text
        self.families = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        self.samples = {name: float(value) for name, value in re.findall(r"^([^#\s].*) (\S+)$", text, re.M)}

    def sum(self, family, *texts):
        return sum(value for name, value in self.samples.items()
                   if name.split("{")[0] == family and all(text in name for text in texts))

    def family(self, name):
        """The family that a name in an expression belongs to; None if there is none."""
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        if self.families.get(base) == "histogram":
            return base
        return name if name in self.families else None


def scrape(gateway):
    status, headers, body = gateway.get("/metrics", {"authorization": f"Bearer {gateway.keys['metrics']}"})
    assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
    return Scrape(body.decode())


@pytest.fixture(scope="module")
def watched(engine, tmp_path_factory):
    """A gateway that has answered, refused and been paid."""
    upstream = Upstream(outer_address())
    gateway = Gateway(tmp_path_factory.mktemp("watched"), [GUIDE_YAML + "fallback: [far]\n", FAR_YAML.format(upstream.url)])
    (gateway.folder / "config/roundhouse.yaml").write_text(TEAMS)
    gateway.keys = {}
    for name, options in [("metrics", ["--class", "metrics"]), ("research", ["--team", "research"]), ("open", [])]:
        made = gateway.run("keys create", name + "-key", *options)
        assert made.returncode == 0, made.stderr
        gateway.keys[name] = made.stdout.split()[-1]
    gateway.start()
    try:
        gateway.ready()
        ask(gateway, "open", 200, model="guide")
        ask(gateway, "open", 200, model="guide", stream=True)
        ask(gateway, "open", 404, model="no-such-model")
        for _ in range(4):
            ask(gateway, "research", 200, model="far")
        ask(gateway, "research", 429, model="guide")
        yield gateway
    finally:
        gateway.stop()
        upstream.stop()


def ask(gateway, key, expected, **body):
    status, _, answer = gateway.get(
        "/v1/chat/completions", {"authorization": f"Bearer {gateway.keys[key]}"}, "POST",
        {"messages": MESSAGES, "max_tokens": 16} | body)
    assert status == expected, answer


def expressions():
    """PromQL of every panel and variable of the dashboard, with the panel's title."""
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    found = [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel.get("targets", [])]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            found.append((variable["name"], variable["query"]["query"]))
    assert len(found) > 30
    return found


def names(expression):
    return set(re.findall(r"\b(?:roundhouse|process)_\w+", expression))


def promtool(*arguments, **more):
    result = subprocess.run([tool("promtool", "prometheus"), *arguments], capture_output=True, timeout=60, **more)
    assert result.returncode == 0, (result.stdout + result.stderr).decode()


def test_promtool_reads_the_scrape(watched):
    promtool("check", "metrics", input=scrape(watched).text.encode())


def test_what_was_done_is_counted(watched):
    found = wait_for("everything in the ledger", lambda: (
        now := scrape(watched)).samples["roundhouse_ledger_records_written_total"] >= 8 and now)
    assert found.sum("roundhouse_requests_total", 'model="guide"', 'status="200"', 'outcome="ok"') == 2
    assert found.sum("roundhouse_requests_total", 'status="404"', 'outcome="refused"') == 1
    assert found.sum("roundhouse_requests_total", 'status="429"', 'outcome="refused"') == 1
    assert found.sum("roundhouse_time_to_first_token_seconds_count", 'model="guide"') == 1
    assert found.sum("roundhouse_time_per_output_token_seconds_count", 'model="guide"') == 1
    assert found.sum("roundhouse_request_duration_seconds_count", 'model="far"') == 4
    assert found.sum("roundhouse_tokens_total", 'model="far"', 'direction="input"') == 4000
    assert found.sum("roundhouse_tokens_total", 'model="guide"', 'direction="output"') > 0
    assert found.sum("roundhouse_cost_total", 'model="far"', 'currency="USD"') == pytest.approx(4.8)
    assert found.sum("roundhouse_cost_total") == pytest.approx(4.8)
    assert found.sum("roundhouse_escalations_total", 'model="far"') == (
        0 if outer_address().startswith("127.") else 4)
    assert found.sum("roundhouse_team_requests_total", 'team="research"', 'outcome="ok"') == 4
    assert found.sum("roundhouse_team_requests_total", 'team="research"', 'outcome="refused"') == 1
    assert found.sum("roundhouse_team_cost_total", 'team="research"') == pytest.approx(4.8)
    assert found.sum("roundhouse_limit_hits_total", 'name="research"', 'limit="requests"', 'shadow="false"') == 1
    assert found.sum("roundhouse_limit_allowed", 'name="research"', 'limit="requests"') == 4
    assert found.sum("roundhouse_limit_used", 'name="research"', 'limit="concurrent"') == 0
    assert found.sum("roundhouse_budget_allowed", 'name="research"', 'period="month"') == 5
    assert found.sum("roundhouse_budget_spent", 'name="research"') == pytest.approx(4.8)
    assert found.sum("roundhouse_budget_reserved", 'name="research"') == 0
    assert found.sum("roundhouse_worker_state", 'model="guide"', 'state="ready"') == 1
    assert found.sum("roundhouse_config_reload_success") == 1
    assert found.sum("roundhouse_ledger_failing") == 0
    assert found.sum("roundhouse_escalation_audit_broken") == 0


def test_counters_never_descend(watched):
    before = scrape(watched)
    ask(watched, "open", 200, model="guide", stream=True)
    after = scrape(watched)
    counters = [name for name in before.samples if before.families.get(name.split("{")[0]) == "counter"]
    assert counters and all(after.samples[name] >= before.samples[name] for name in counters)


def test_engines_memory(watched):
    assert scrape(watched).sum("roundhouse_worker_memory_bytes", 'model="guide"') > 1 << 20


def test_every_metric_of_the_dashboard_exists(watched):
    found = scrape(watched)
    missing = {(title, name) for title, text in expressions() for name in names(text) if not found.family(name)}
    assert not missing


def test_every_metric_of_the_alerts_exists(watched):
    found = scrape(watched)
    used = set().union(*(names(line) for line in (MONITORING / "alerts.yml").read_text().splitlines()))
    assert len(used) > 10
    assert not {name for name in used - ELSEWHERE if not found.family(name)}


def test_every_metric_is_documented(watched):
    table = set(re.findall(r"^\| `((?:roundhouse|process)_\w+)`", (ROOT / "docs/operations.md").read_text(), re.M))
    assert table - ELSEWHERE == set(scrape(watched).families) - ELSEWHERE


def test_promtool_understands_the_dashboard(tmp_path):
    rules = [
        {"record": f"dashboard:{number}", "expr": text.replace("$__rate_interval", "1m")}
        for number, (_, text) in enumerate(expressions()) if not text.startswith("label_values")]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(path))


def test_panels_do_not_overlap():
    taken = {}
    for panel in json.loads((MONITORING / "grafana-dashboard.json").read_text())["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            assert taken.setdefault(cell, panel["title"]) == panel["title"]


def test_alert_rules():
    promtool("check", "rules", str(MONITORING / "alerts.yml"))
    promtool("test", "rules", str(MONITORING / "alerts.test.yml"))
    promtool("check", "config", "--syntax-only", str(MONITORING / "prometheus.yml"))
