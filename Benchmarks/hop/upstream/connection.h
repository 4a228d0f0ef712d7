// The connections: accepting, watching and closing them.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Connection {
    int fd;
    char *in;
    size_t used, capacity;
    const char *out;  // what a write() left over
    char *outOwned;   // the same if it must be freed
    size_t outLeft;
    bool streaming, usage, wantsWrite;
    long next, total;  // events; after the deltas come usage, [DONE] and the last chunk
    int64_t due;       // when the next event may be written, 0 for now
    long heapIndex;    // place in the heap of pauses, -1 if none
    struct Connection *nextDead;
} Connection;

extern int epollFD;

// A socket on a port of the loopback address, any if it is 0; `port` becomes the one that it is.
int makeListener(int *port);

void acceptAll(int listener);
void watch(Connection *c, bool wantsWrite);

// What was closed stays in memory until freeClosed: events of the same round may still point to it.
void closeConnection(Connection *c);
void freeClosed(void);
