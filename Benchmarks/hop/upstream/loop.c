// The event loop: waits for sockets and the next end of a pause, and hands on what happened.
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../common/system.h"
#include "connection.h"
#include "output.h"
#include "pauses.h"
#include "serve.h"
#include "stream.h"

enum { READ_SIZE = 65536, EVENTS_AT_ONCE = 512 };

static int timer;

static void readable(Connection *c) {
    for (;;) {
        if (c->capacity - c->used < READ_SIZE) {
            c->capacity = c->capacity ? c->capacity * 2 : READ_SIZE * 2;
            c->in = realloc(c->in, c->capacity);
            if (!c->in) die("realloc");
        }
        size_t room = c->capacity - c->used - 1;
        ssize_t n = read(c->fd, c->in + c->used, room);
        if (n < 0 && errno == EAGAIN) break;
        if (n <= 0) {
            closeConnection(c);
            return;
        }
        c->used += (size_t)n;
        c->in[c->used] = 0;
        if ((size_t)n < room) break;
    }
    serve(c);
    // Idle streams are many: they need no room to read into.
    if (c->fd >= 0 && c->used == 0 && c->streaming && streamSettings.gap > 0) {
        free(c->in);
        c->in = NULL;
        c->capacity = 0;
    }
}

static void writable(Connection *c) {
    if (!putLeft(c)) return;
    if (c->streaming) pump(c);
    else watch(c, false);
    if (c->fd >= 0 && !c->streaming) serve(c);
}

static void handle(Connection *c, uint32_t events) {
    if (c->fd >= 0 && events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) closeConnection(c);
    if (c->fd >= 0 && events & EPOLLOUT) writable(c);
    if (c->fd >= 0 && events & EPOLLIN) readable(c);
}

static void endPauses(void) {
    int64_t t = now();
    for (Connection *c; (c = firstPause()) && c->due <= t;) {
        removePause(c);
        pump(c);
        if (c->fd >= 0 && !c->streaming) serve(c);
    }
}

static void setTimerForPauses(void) {
    static int64_t set;
    int64_t due = firstPause() ? firstPause()->due : 0;
    if (due == set) return;
    set = due;
    setTimer(timer, due);
}

void runLoop(int listener) {
    timer = makeTimer();
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &listener}, t = {.events = EPOLLIN, .data.ptr = &timer};
    epoll_ctl(epollFD, EPOLL_CTL_ADD, listener, &e);
    epoll_ctl(epollFD, EPOLL_CTL_ADD, timer, &t);
    struct epoll_event ready[EVENTS_AT_ONCE];
    for (;;) {
        setTimerForPauses();
        int n = epoll_wait(epollFD, ready, EVENTS_AT_ONCE, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr == &listener) acceptAll(listener);
            else if (ready[i].data.ptr == &timer) clearTimer(timer);
            else handle(ready[i].data.ptr, ready[i].events);
        }
        endPauses();
        freeClosed();
    }
}
