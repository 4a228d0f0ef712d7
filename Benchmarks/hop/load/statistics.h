// What a run counts and measures, and the line that it prints of it.
#pragma once
#include "samples.h"

typedef struct {
    unsigned long long answered, events, errors, refused;
    int ready;                   // streams that are held
    Samples latency, firstByte;  // microseconds
} Statistics;

extern Statistics statistics;

void printStatistics(double seconds);
