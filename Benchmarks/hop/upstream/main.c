// A mock of an inference server, as cheap as one can be made: epoll, one thread, HTTP/1.1 with keep-alive.
//
//   upstream [--port N] [--events N] [--gap-us N]
//
// It prints its port and serves until it is ended by a signal:
//   POST (any path)    574 bytes of chat completion; with "stream":true in the body a stream of events, one write() and
//                      one HTTP chunk each; with "include_usage":true in the body also an event with usage.
//   GET /count         {"requests": answered, "events": written, "open": streams under way}
//   GET /set?events=N&gap_us=N   the length of streams from now on, and the pause between two events
//   GET (other)        an empty list of models
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../common/system.h"
#include "connection.h"
#include "loop.h"
#include "stream.h"
#include "texts.h"

const int deathStatus = 1;

int main(int argc, char **argv) {
    int port = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--port")) port = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--events")) streamSettings.events = atol(argv[i + 1]);
        else if (!strcmp(argv[i], "--gap-us")) streamSettings.gap = atol(argv[i + 1]);
        else return fprintf(stderr, "unknown option %s\n", argv[i]), 64;
    }
    prepareProcess();
    makeTexts();
    int listener = makeListener(&port);
    epollFD = epoll_create1(EPOLL_CLOEXEC);
    printf("%d\n", port);
    fflush(stdout);
    runLoop(listener);
}
