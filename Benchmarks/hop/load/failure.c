// What happens when a request does not get its whole answer: it is counted, and the first one is explained.
#include "failure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hold.h"
#include "statistics.h"

enum { FAILURE_LIMIT = 1000 };

static bool explained;

static void giveUp(Connection *c) {
    explained = true;
    lostStream(c);
    closeConnection(c);
}

void fail(Connection *c, const char *why) {
    statistics.errors++;
    if (!explained) fprintf(stderr, "load: %s: %s\n", why, strerror(errno));
    giveUp(c);
}

void failAnswer(Connection *c, const char *why) {
    errno = 0;
    fail(c, why);
}

void refuse(Connection *c) {
    statistics.refused++;
    if (!explained) fprintf(stderr, "load: not a 200:\n%s\n", c->head);
    giveUp(c);
}

bool tooManyFailures(void) {
    return statistics.errors > FAILURE_LIMIT || statistics.refused > FAILURE_LIMIT;
}
