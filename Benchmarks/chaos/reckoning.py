"""What the ledger must hold of what the clients know."""

import collections

from load import ANSWERED, CUT, KILLED, LEFT, REFUSED

# What may be missing after kill -9, in seconds (docs/operations.md).
WINDOW = 1.0
# What the record of a request says that ended so. Whoever left may have left behind the last byte.
OUTCOMES = {ANSWERED: {"ok"}, REFUSED: {"refused", "failed"}, CUT: {"cut"}, LEFT: {"cancelled", "ok", "cut", "refused", "failed"}}


class Reckoning:
    """The records of the requests: `expected` of them, `found`, `late` ones that may be missing and are."""

    def __init__(self, requests, rows, kills):
        kept = collections.Counter(row["request_id"] for row in rows)
        said = {row["request_id"]: row for row in rows}
        self.wrong = [f"{id}: {count} records" for id, count in kept.items() if count > 1]
        known = {request.id for request in requests}
        self.wrong += [f"{id}: a record of a request that nobody sent" for id in kept if id not in known]
        self.expected = self.found = self.late = self.in_flight = 0
        for request in requests:
            row = said.get(request.id)
            if request.fate == KILLED:
                # It was in no state to be recorded; some had ended for the gateway when it was killed.
                self.in_flight += 1
                continue
            if row is None and any(request.sent <= kill < request.ended + WINDOW for kill in kills):
                self.late += 1
                continue
            self.expected += 1
            if row is None:
                self.wrong.append(f"{request.id}: no record; {describe(request)}")
                continue
            self.found += 1
            if request.fate in OUTCOMES and row["outcome"] not in OUTCOMES[request.fate]:
                self.wrong.append(f"{request.id}: the record says {row['outcome']}; {describe(request)}")
            elif request.fate == REFUSED and row["status"] != request.answer.status:
                self.wrong.append(f"{request.id}: the record says {row['status']}; {describe(request)}")


def describe(request):
    answer = request.answer
    return (f"{request.model}, {'stream' if request.stream else 'whole'}, {request.fate}, status {answer.status}, error {answer.error}, "
            f"{answer.events} events, {answer.trouble or 'no trouble'}, sent at {request.sent:.2f}, {request.ended - request.sent:.2f} s")
