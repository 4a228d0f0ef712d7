// Streams of events, with a pause after each if one is set.
#pragma once
#include "connection.h"

typedef struct {
    long events, gap;  // events of a stream that begins; microseconds between two events
} StreamSettings;

extern StreamSettings streamSettings;

void beginStream(Connection *c, bool usage);

// Writes as many events as are due and as there is room for.
void pump(Connection *c);
