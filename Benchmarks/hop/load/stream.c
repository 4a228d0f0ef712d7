// The events of a stream: how many there are, and whether it ends as it should.
#include "stream.h"

#include <string.h>

#include "options.h"
#include "statistics.h"

void bodyBytes(Connection *c, const char *bytes, size_t size) {
    c->bodyRead += size;
    if (!c->isStream) return;
    for (const char *p = bytes, *end = bytes + size; p < end;) {
        const char *line = memchr(p, '\n', (size_t)(end - p));
        if (!line) {
            c->newline = false;
            break;
        }
        if (line > p || !c->newline) c->newline = true;
        else statistics.events++, c->newline = false;
        p = line + 1;
    }
    size_t take = size < sizeof c->tail ? size : sizeof c->tail;
    size_t keep = c->tailUsed + take > sizeof c->tail ? sizeof c->tail - take : c->tailUsed;
    memmove(c->tail, c->tail + c->tailUsed - keep, keep);
    memcpy(c->tail + keep, bytes + size - take, take);
    c->tailUsed = keep + take;
}

bool hasItsEnd(const Connection *c) {
    // Behind it stands an empty line, as behind every event.
    size_t size = strlen(options.ending), all = size + 2;
    return c->tailUsed >= all && !memcmp(c->tail + c->tailUsed - all, options.ending, size);
}
