"""Compares the ledger, and everything that is made from it, with what client and upstream know."""

import collections

import books
from kinds import COUNTED, KINDS, REPORTED

UNITS = ("input_tokens", "cached_tokens", "output_tokens")
DIMENSIONS = ("key", "team", "feature", "model")
# So many differences are told one by one.
SHOWN = 40


class Verdict:
    """Collects differences; there should be none."""

    def __init__(self, truths, rows):
        self.truths, self.differences, self.count = truths, [], 0
        self.kept = collections.defaultdict(list)
        for row in rows:
            self.kept[row["request_id"]].append(row)
        self.pairs = []

    def differ(self, what):
        self.count += 1
        if len(self.differences) < SHOWN:
            self.differences.append(what)

    def equal(self, what, found, expected):
        if found != expected:
            self.differ(f"{what}: {found} and not {expected}")

    def compare_records(self):
        """Every request has one record, which says what happened."""
        for truth in self.truths:
            name = f"{truth.request.id} ({truth.request.kind})"
            for problem in truth.ends():
                self.differ(f"{name}: {problem}")
            kept = self.kept.pop(truth.request.id, [])
            if len(kept) != 1:
                self.differ(f"{name}: {len(kept)} records")
                continue
            self.pairs.append((truth, kept[0]))
            try:
                for problem in truth.row(kept[0]):
                    self.differ(f"{name}: {problem}")
            except (LookupError, ValueError, TypeError) as error:
                self.differ(f"{name}: nothing to compare with: {error!r}")
        for request_id in self.kept:
            self.differ(f"{request_id}: a record of a request that nobody sent")

    def sums(self, dimension, source):
        """By the values of a dimension: the ledger's tokens, and those that the upstream reported."""
        found, sent = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
        for truth, row in self.pairs:
            if truth.source != source or truth.outcome != "ok":
                continue
            found[row[dimension]] += collections.Counter({unit: row[unit] or 0 for unit in UNITS})
            usage = truth.deliveries[0]["usage"] if source == REPORTED else (0, 0, truth.deliveries[0]["events"])
            sent[self.own(truth, dimension)] += collections.Counter(dict(zip(UNITS, usage)))
        return found, sent

    @staticmethod
    def own(truth, dimension):
        request = truth.request
        if dimension in ("key", "team"):
            return getattr(request.key, "id" if dimension == "key" else "team", None)
        return truth.model if dimension == "model" else request.feature

    def compare_totals(self):
        """Of what was completed, the sums for each key, team, feature and model are the upstream's."""
        for dimension in DIMENSIONS:
            found, sent = self.sums(dimension, REPORTED)
            self.equal(f"tokens by {dimension}", dict(found), dict(sent))

    def compare_usage(self, ask):
        """`roundhouse usage` says the same as the records."""
        for dimension in DIMENSIONS:
            expected = collections.defaultdict(collections.Counter)
            for _, row in self.pairs:
                sums = {unit: row[unit] or 0 for unit in UNITS} | {
                    "requests": 1, "errors": int(row["outcome"] != "ok"), "escalated": row["escalated"],
                    "estimated_tokens": (
                        row["input_tokens"] + row["output_tokens"] if row["usage_source"] == COUNTED else 0)}
                if row["currency"]:
                    sums["cost " + row["currency"]] = row["cost"]
                expected[row[dimension]].update(sums)
            shown = ask(dimension)
            self.equal(f"`usage` by {dimension}", sorted(map(str, shown)), sorted(map(str, expected)))
            for value, sums in expected.items():
                got = shown.get(value, {})
                found = {name: got.get(name) for name in sums if not name.startswith("cost ")}
                costs = {f"cost {currency}": round(cost * 1e9) for currency, cost in got.get("cost", {}).items()}
                self.equal(f"`usage` of the {dimension} {value}", found | costs, dict(sums))

    def compare_log(self, outcomes):
        self.equal("lines of the access log", dict(outcomes), dict(collections.Counter(t.outcome for t in self.truths)))

    def compare_metrics(self, samples):
        """The counters of `/metrics`, and the budgets that they show."""
        count = books.metric_sum
        for outcome, expected in collections.Counter(truth.outcome for truth in self.truths).items():
            found = sum(count(samples, "roundhouse_requests_total", route=f"POST {path}", outcome=outcome)
                        for path in {kind.path for kind in KINDS.values()})
            self.equal(f"roundhouse_requests_total of {outcome}", found, expected)
        self.equal("ledger_records_dropped", count(samples, "roundhouse_ledger_records_dropped_total"), 0)
        for team, currency in (("research", "USD"), ("legal", "EUR"), ("poor", "USD")):
            spent = sum(row["cost"] for _, row in self.pairs if row["team"] == team and row["currency"] == currency)
            shown = count(samples, "roundhouse_budget_spent", kind="team", name=team)
            self.equal(f"budget spent by {team}, in billionths", round(shown * 1e9), spent)
            self.equal(f"reserved by {team}", count(samples, "roundhouse_budget_reserved", kind="team", name=team), 0)
        for (name, limit) in (("research", "concurrent"), ("busy", "concurrent")):
            self.equal(f"running of {name}", count(samples, "roundhouse_limit_used", name=name, limit=limit), 0)
