"""What a soak has found, for people."""

import collections

from kinds import COUNTED, KINDS, REPORTED
from verdict import UNITS


def aligned(lines):
    """Columns; the first one of words, the others of numbers."""
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*texts)]
    return "\n".join(
        "  ".join(text.ljust(width) if index == 0 else text.rjust(width)
                  for index, (text, width) in enumerate(zip(line, widths))).rstrip() for line in texts)


def by_kind(verdict):
    outcomes = ("ok", "refused", "failed", "cut", "cancelled")
    sent = collections.Counter(truth.request.kind for truth in verdict.truths)
    kept = collections.Counter((truth.request.kind, row["outcome"]) for truth, row in verdict.pairs)
    lines = [["kind", "sent", "records", *outcomes]]
    for kind in KINDS:
        found = [kept[kind, outcome] for outcome in outcomes]
        lines.append([kind, sent[kind], sum(found), *found])
    return aligned(lines + [["all", *(sum(line[i] for line in lines[1:]) for i in range(1, len(lines[0])))]])


def by_model(verdict):
    """Tokens of completed requests; of keys, teams and features only how many there are."""
    found, sent = verdict.sums("model", REPORTED)
    titles = [f"{unit}: ledger" for unit in ("input", "cached", "output")]
    lines = [["completed, by model", *(title for pair in titles for title in (pair, "upstream"))]]
    for model in sorted(sent):
        lines.append([model, *(sums[model][unit] for unit in UNITS for sums in (found, sent))])
    groups = ", ".join(f"{len(verdict.sums(name, REPORTED)[1])} {name}s" for name in ("key", "team", "feature"))
    return aligned(lines) + f"\nand the same for {groups}"


def streams(verdict):
    """Of streams whose tokens were counted from events: what was sent, what the ledger has, what was read."""
    lines = [["events counted", "streams", "upstream sent", "ledger", "client read", "most off sent", "most off read"]]
    for kind in KINDS:
        if KINDS[kind].source != COUNTED:
            continue
        counts = [(max(line["events"] for line in truth.deliveries), row["output_tokens"], truth.answer.events)
                  for truth, row in verdict.pairs if truth.request.kind == kind and truth.deliveries]
        if counts:
            sums = [sum(column) for column in zip(*counts)]
            off = [max(abs(count[1] - count[end]) for count in counts) for end in (0, 2)]
            lines.append([kind, len(counts), *sums, *off])
    return aligned(lines)


def machine(samples):
    lines = [["after", "MB resident", "MB at most", "descriptors"]]
    names = ["start", *(f"{part * 100 // (len(samples) - 2)} %" for part in range(1, len(samples) - 1)), "everybody left"]
    for name, (resident, highest, descriptors) in zip(names, samples):
        lines.append([name, f"{resident:.1f}", f"{highest:.1f}", descriptors])
    return aligned(lines)
