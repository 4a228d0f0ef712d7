"""What a chaos run has found, for people."""

import collections
import statistics

import models
from load import ANSWERED, FATES, KILLED, LEFT, LOST
from reckoning import WINDOW, describe
from shared import aligned, measure

# MB that the last gateway may have grown by since its first SETTLED seconds: its caches are full by then.
GROWTH, SETTLED = 16, 10
SHOWN = 20


def descriptors(house):
    return measure(house.process.pid)[2]


class Verdict:
    def __init__(self, requests, records, house, before, after):
        self.requests, self.records, self.house, self.before, self.after = requests, records, house, before, after
        self.complaints = list(records.wrong)
        for request in requests:
            if request.fate == LOST:
                self.complaints.append(f"{request.id}: lost; {describe(request)}")
            elif request.model == models.CALM and request.fate not in (ANSWERED, LEFT, KILLED):
                self.complaints.append(f"{request.id}: nobody harmed {models.CALM}; {describe(request)}")
        last = [reading for reading in house.readings if reading[0] == house.generation]
        self.settled = next((reading for reading in last if reading[1] >= SETTLED), None)
        self.expect(after[2] <= before[2], f"descriptors grew from {before[2]} to {after[2]}")
        if self.settled:
            grown = after[0] - self.settled[2]
            self.expect(grown <= GROWTH, f"memory grew by {grown:.0f} MB after the first {SETTLED} s, by more than {GROWTH}")

    def expect(self, condition, complaint):
        if not condition:
            self.complaints.append(complaint)


def deeds(journal):
    lines = [["deed", "times", "over after s (median)", "at most"]]
    for deed, times in ((deed, times) for deed, times in journal.items() if times):
        lines.append([deed.__doc__, len(times), f"{statistics.median(times):.1f}", f"{max(times):.1f}"])
    return aligned(lines)


def fates(requests):
    counts = collections.Counter((request.model, request.fate) for request in requests)
    lines = [["requests", "made", *FATES]]
    for model in models.SHARES:
        found = [counts[model, fate] for fate in FATES]
        lines.append([model, sum(found), *found])
    return aligned(lines + [["all", *(sum(line[i] for line in lines[1:]) for i in range(1, len(lines[0])))]])


def books(records):
    return aligned([
        ["records", ""],
        ["expected", records.expected], ["found", records.found],
        [f"missing from the last {WINDOW:.0f} s before a kill -9 of the gateway", records.late],
        ["not expected: in flight at a kill -9 of the gateway", records.in_flight]])


def machine(verdict, left, zombies):
    lines = [["gateway", "MB resident", "MB at most", "descriptors"]]
    readings = [("the first, before the load", verdict.before)]
    if verdict.settled:
        readings.append((f"the last, {verdict.settled[1]:.0f} s old", verdict.settled[2:]))
    for name, (resident, highest, count) in [*readings, ("the last, after the load", verdict.after)]:
        lines.append([name, f"{resident:.1f}", f"{highest:.1f}", count])
    return aligned(lines) + f"\n\nprocesses left: {len(left)}, zombies: {len(zombies)}"


def show(journal, verdict, left, zombies):
    print(deeds(journal), fates(verdict.requests), books(verdict.records), machine(verdict, left, zombies), sep="\n\n", end="\n\n")
    for complaint in verdict.complaints[:SHOWN]:
        print(complaint)
    count = len(verdict.complaints)
    print(f"{count} complaints" if count else "Nothing was lost.")
