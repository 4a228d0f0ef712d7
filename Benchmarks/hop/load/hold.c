// Holds many streams open at once: those of --idle-streams are read on, those of --stalled are not.
#include "hold.h"

#include <stdio.h>

#include "../common/system.h"
#include "failure.h"
#include "options.h"
#include "statistics.h"

enum { STALL_AFTER = 4096, OPENING_AT_ONCE = 200 };

static int opening, nextToOpen;
static int64_t endTime;

bool holdGoesOn(void) {
    int64_t t = now();
    int total = options.connections;
    while (opening < OPENING_AT_ONCE && nextToOpen < total) {
        opening++;
        startRequest(&connections[nextToOpen++], t);
    }
    if (statistics.ready + (int)statistics.errors + (int)statistics.refused >= total && !endTime) {
        printf("{\"ready\": %d}\n", statistics.ready);
        fflush(stdout);
        endTime = t + (int64_t)(options.seconds * 1e9);
    }
    return (!endTime || t < endTime) && !tooManyFailures();
}

void holdStream(Connection *c) {
    if (c->ready || c->phase == HEAD || (options.stalled && c->bodyRead < STALL_AFTER)) return;
    c->ready = true;
    statistics.ready++;
    opening--;
    if (options.stalled) {
        c->phase = STALLED;
        watch(c, 0);
    }
}

void lostStream(const Connection *c) {
    if (options.holds && !c->ready) opening--;
}
