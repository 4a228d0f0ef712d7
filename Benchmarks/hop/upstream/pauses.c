// The connections whose streams pause, in a heap: the one whose next event comes first is on top.
#include "pauses.h"

#include <stdlib.h>

#include "../common/system.h"

static Connection **heap;
static size_t heapUsed, heapCapacity;

static void place(size_t i, Connection *c) {
    heap[i] = c;
    c->heapIndex = (long)i;
}

static void sift(size_t i, Connection *c) {
    while (i > 0 && heap[(i - 1) / 2]->due > c->due) {
        place(i, heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= heapUsed) break;
        if (child + 1 < heapUsed && heap[child + 1]->due < heap[child]->due) child++;
        if (heap[child]->due >= c->due) break;
        place(i, heap[child]);
        i = child;
    }
    place(i, c);
}

void addPause(Connection *c) {
    if (c->heapIndex >= 0) return;
    if (heapUsed == heapCapacity) {
        heapCapacity = heapCapacity ? heapCapacity * 2 : 1024;
        heap = realloc(heap, heapCapacity * sizeof *heap);
        if (!heap) die("realloc");
    }
    sift(heapUsed++, c);
}

void removePause(Connection *c) {
    if (c->heapIndex < 0) return;
    size_t i = (size_t)c->heapIndex;
    c->heapIndex = -1;
    Connection *moved = heap[--heapUsed];
    if (moved != c) sift(i, moved);
}

Connection *firstPause(void) {
    return heapUsed ? heap[0] : NULL;
}
