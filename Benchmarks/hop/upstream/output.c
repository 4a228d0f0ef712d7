// Writes, and keeps what a write() left over.
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

// `owned` is what to free in the end, if anything.
static bool put(Connection *c, const char *bytes, size_t size, char *owned) {
    ssize_t n = write(c->fd, bytes, size);
    if (n < 0 && errno != EAGAIN) {
        free(owned);
        closeConnection(c);
        return false;
    }
    if (n < 0) n = 0;
    if ((size_t)n == size) {
        free(owned);
        return true;
    }
    c->out = bytes + n;
    c->outLeft = size - (size_t)n;
    c->outOwned = owned;
    watch(c, true);
    return false;
}

bool putText(Connection *c, const Text *text) {
    return put(c, text->bytes, text->size, NULL);
}

bool putOwned(Connection *c, char *bytes, size_t size) {
    return put(c, bytes, size, bytes);
}

bool putLeft(Connection *c) {
    if (!c->outLeft) return true;
    size_t left = c->outLeft;
    char *owned = c->outOwned;
    c->outLeft = 0;
    c->outOwned = NULL;
    return put(c, c->out, left, owned);
}
