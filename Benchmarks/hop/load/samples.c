// A list of measured values, and its quantiles.
#include "samples.h"

#include <math.h>
#include <stdlib.h>

#include "../common/system.h"

void addSample(Samples *samples, double value) {
    if (samples->used == samples->capacity) {
        samples->capacity = samples->capacity ? samples->capacity * 2 : 65536;
        samples->values = realloc(samples->values, samples->capacity * sizeof *samples->values);
        if (!samples->values) die("realloc");
    }
    samples->values[samples->used++] = value;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void sortSamples(Samples *samples) {
    if (samples->used) qsort(samples->values, samples->used, sizeof *samples->values, compare);
}

double quantile(const Samples *samples, double q) {
    if (!samples->used) return 0;
    size_t i = (size_t)ceil(q * (double)samples->used);
    return samples->values[i ? i - 1 : 0];
}
