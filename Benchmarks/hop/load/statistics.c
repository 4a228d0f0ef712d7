// What a run counts and measures, and the line that it prints of it.
#include "statistics.h"

#include <stdio.h>

Statistics statistics;

void printStatistics(double seconds) {
    Statistics *s = &statistics;
    sortSamples(&s->latency);
    sortSamples(&s->firstByte);
    printf(
        "{\"requests\": %llu, \"events\": %llu, \"errors\": %llu, \"non2xx\": %llu, \"seconds\": %.4f, \"p50\": %.1f, "
        "\"p99\": %.1f, \"p999\": %.1f, \"ttfb_p50\": %.1f, \"ttfb_p99\": %.1f, \"held\": %d}\n",
        s->answered, s->events, s->errors, s->refused, seconds, quantile(&s->latency, 0.5), quantile(&s->latency, 0.99),
        quantile(&s->latency, 0.999), quantile(&s->firstByte, 0.5), quantile(&s->firstByte, 0.99), s->ready);
}
