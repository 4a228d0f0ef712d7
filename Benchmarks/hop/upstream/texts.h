// The answers, as the bytes that go over the wire.
#pragma once
#include <stddef.h>

typedef struct {
    const char *bytes;
    size_t size;
} Text;

// An answer in one piece; and a stream: its head, an event, the last one with text, one with usage, [DONE], the last chunk.
extern Text answer, streamHead, event, lastEvent, usageEvent, done, lastChunk;

void makeTexts(void);
