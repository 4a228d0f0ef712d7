// When requests start: in a closed loop as soon as a connection is free, in an open one as often as --rate says.
#include "pace.h"

#include <stdlib.h>

#include "../common/system.h"
#include "failure.h"
#include "options.h"
#include "statistics.h"

static long started;
static int64_t endTime, *queue;  // when the requests of an open loop that did not start yet were due
static size_t queueHead, queueTail, queueCapacity;
static double nextDue;

void startPace(int64_t t) {
    endTime = t + (int64_t)(options.seconds * 1e9);
    if (options.rate > 0) {
        queueCapacity = (size_t)(options.rate * options.seconds) + 1024;
        queue = malloc(queueCapacity * sizeof *queue);
        nextDue = (double)t;
    } else {
        reopenClosed();
    }
}

bool paceGoesOn(void) {
    if (tooManyFailures()) return false;
    if (!options.requests) return now() < endTime;
    return statistics.answered + statistics.errors + statistics.refused < (unsigned long long)options.requests;
}

void startNext(Connection *c) {
    if (tooManyFailures()) return;
    if (options.requests && started >= options.requests) return;
    int64_t due;
    if (options.rate == 0) due = now();
    else if (queueHead != queueTail) due = queue[queueHead++ % queueCapacity];
    else return;
    started++;
    startRequest(c, due);
}

void reopenClosed(void) {
    for (int i = 0; i < options.connections; i++)
        if (connections[i].phase == CLOSED) startNext(&connections[i]);
}

int64_t startDue(int64_t t) {
    while (nextDue <= (double)t && !tooManyFailures()) {
        queue[queueTail++ % queueCapacity] = (int64_t)nextDue;
        nextDue += 1e9 / options.rate;
    }
    for (int i = 0; i < options.connections && queueHead != queueTail; i++) {
        if (connections[i].phase == IDLE || connections[i].phase == CLOSED) startNext(&connections[i]);
    }
    return (int64_t)nextDue;
}
