// Streams of events, with a pause after each if one is set.
#include "stream.h"

#include "../common/system.h"
#include "counts.h"
#include "output.h"
#include "pauses.h"
#include "texts.h"

enum { TURN = 128 };  // events that one stream may write before the others get their turn

StreamSettings streamSettings = {.events = 50};

void beginStream(Connection *c, bool usage) {
    c->streaming = true;
    c->usage = usage;
    c->next = 0;
    c->total = streamSettings.events;
    c->due = 0;
    counts.open++;
    if (putText(c, &streamHead)) pump(c);
}

// Whether the next event has to wait.
static bool pauses(Connection *c) {
    if (streamSettings.gap <= 0 || c->next <= 0 || c->next > c->total) return false;
    int64_t t = now();
    if (c->due == 0) c->due = t + streamSettings.gap * 1000;
    if (c->due > t) return true;
    c->due = 0;
    return false;
}

static const Text *nextText(Connection *c) {
    if (c->next == c->total && !c->usage) c->next++;
    long step = c->next++;
    if (step <= c->total + 1) counts.events++;
    if (step < c->total) return step == c->total - 1 ? &lastEvent : &event;
    if (step == c->total) return &usageEvent;
    if (step == c->total + 1) return &done;
    c->streaming = false;
    counts.open--;
    counts.requests++;
    return &lastChunk;
}

void pump(Connection *c) {
    for (int turn = 0; c->streaming; turn++) {
        if (turn == TURN) {
            watch(c, true);
            return;
        }
        if (pauses(c)) {
            watch(c, false);
            addPause(c);
            return;
        }
        if (!putText(c, nextText(c))) return;
    }
    watch(c, false);
}
