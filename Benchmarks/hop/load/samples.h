// A list of measured values, and its quantiles.
#pragma once
#include <stddef.h>

typedef struct {
    double *values;
    size_t used, capacity;
} Samples;

void addSample(Samples *samples, double value);
void sortSamples(Samples *samples);

// Of sorted samples, by nearest rank; 0 if there are none.
double quantile(const Samples *samples, double q);
