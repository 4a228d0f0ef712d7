// The event loop: waits for sockets and the timer, and hands on what happened.
#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../common/system.h"
#include "answer.h"
#include "connection.h"
#include "failure.h"
#include "hold.h"
#include "options.h"
#include "pace.h"
#include "statistics.h"

enum { READ_SIZE = 65536, STALLED_READ_SIZE = 1024, EVENTS_AT_ONCE = 256, LONGEST_WAIT_MS = 20 };

static int timer;

static void readFailed(Connection *c, ssize_t n) {
    if (c->phase == IDLE) closeConnection(c);
    else if (n == 0) failAnswer(c, "closed inside an answer");
    else fail(c, "read");
}

static void readable(Connection *c) {
    static char buffer[READ_SIZE];
    ssize_t n = read(c->fd, buffer, options.stalled ? STALLED_READ_SIZE : READ_SIZE);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        readFailed(c, n);
        return;
    }
    if (c->first) {
        c->first = false;
        addSample(&statistics.firstByte, (double)(now() - c->due) / 1000);
    }
    takeBytes(c, buffer, (size_t)n);
    if (options.holds && c->fd >= 0) holdStream(c);
    else if (!options.holds && (c->phase == CLOSED || c->phase == IDLE)) startNext(c);
}

static void handle(Connection *c, uint32_t events) {
    if (c->fd < 0) return;
    if (c->phase == STALLED) {
        fail(c, "a stalled stream was closed");
        return;
    }
    if (events & EPOLLOUT) writable(c);
    if (c->fd >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(c);
}

void runLoop(void) {
    timer = makeTimer();
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &timer};
    epoll_ctl(epollFD, EPOLL_CTL_ADD, timer, &e);
    struct epoll_event ready[EVENTS_AT_ONCE];
    while (options.holds ? holdGoesOn() : paceGoesOn()) {
        if (!options.holds && options.rate > 0) setTimer(timer, startDue(now()));
        int n = epoll_wait(epollFD, ready, EVENTS_AT_ONCE, LONGEST_WAIT_MS);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr == &timer) clearTimer(timer);
            else handle(ready[i].data.ptr, ready[i].events);
        }
        if (!options.holds && options.rate == 0) reopenClosed();
    }
}
