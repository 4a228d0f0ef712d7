// What /count tells.
#pragma once

typedef struct {
    unsigned long long requests, events, open;  // answered, written, streams under way
} Counts;

extern Counts counts;
