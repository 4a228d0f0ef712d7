// A mock of an inference server, as cheap as one can be made: epoll, one thread, HTTP/1.1 with keep-alive.
//
//   upstream [--port N] [--events N] [--gap-us N]
//
// It prints its port and serves until it is ended by a signal:
//   POST (any path)    574 bytes of chat completion; with "stream":true in the body a stream of events, one write() each,
//                      one HTTP chunk each; with "include_usage":true in the body also an event with usage.
//   GET /count         {"requests": answered, "events": written, "open": streams under way}
//   GET /set?events=N&gap_us=N   the length of streams from now on, and the pause between two events
//   GET (other)        an empty list of models
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { JSON_SIZE = 574, EVENT_SIZE = 180, TURN = 128, READ_SIZE = 65536 };

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

static int epollFD, timerFD;
static long events = 50, gap = 0;
static unsigned long long requests, written, open_;
static char answer[4096], event[4096], usageEvent[512];
static size_t answerSize, eventSize, usageSize;
static Connection *dead;
static Connection **heap;
static size_t heapUsed, heapCapacity;

static const char streamHead[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
                                 "transfer-encoding: chunked\r\n\r\n";
static const char done[] = "e\r\ndata: [DONE]\n\n\r\n";
static const char last[] = "0\r\n\r\n";

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static size_t chunk(char *to, const char *text) {
    return (size_t)sprintf(to, "%zx\r\n%s\r\n", strlen(text), text);
}

// Texts of fixed size: filled up with x inside the content.
static void makeTexts(void) {
    char body[2048], text[2048], filler[1024];
    const char *json =
        "{\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"upstream\","
        "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},\"logprobs\":null,"
        "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":312,\"completion_tokens\":64,\"total_tokens\":376}}";
    memset(filler, 'x', sizeof filler);
    filler[JSON_SIZE - (strlen(json) - 2)] = 0;
    sprintf(body, json, filler);
    answerSize = (size_t)sprintf(
        answer, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", strlen(body), body);

    const char *delta =
        "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
        "\"model\":\"upstream\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"},\"finish_reason\":null}]}\n\n";
    memset(filler, 'x', sizeof filler);
    filler[EVENT_SIZE > strlen(delta) - 2 ? EVENT_SIZE - (strlen(delta) - 2) : 1] = 0;
    sprintf(text, delta, filler);
    eventSize = chunk(event, text);
    usageSize = chunk(
        usageEvent,
        "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
        "\"model\":\"upstream\",\"choices\":[],\"usage\":{\"prompt_tokens\":312,\"completion_tokens\":50,"
        "\"total_tokens\":362}}\n\n");
}

// The heap of pauses: the connection whose next event comes first is at 0.

static void heapPut(size_t i, Connection *c) {
    heap[i] = c;
    c->heapIndex = (long)i;
}

static void heapSift(size_t i, Connection *c) {
    while (i > 0 && heap[(i - 1) / 2]->due > c->due) {
        heapPut(i, heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= heapUsed) break;
        if (child + 1 < heapUsed && heap[child + 1]->due < heap[child]->due) child++;
        if (heap[child]->due >= c->due) break;
        heapPut(i, heap[child]);
        i = child;
    }
    heapPut(i, c);
}

static void heapRemove(Connection *c) {
    if (c->heapIndex < 0) return;
    size_t i = (size_t)c->heapIndex;
    c->heapIndex = -1;
    Connection *moved = heap[--heapUsed];
    if (moved != c) heapSift(i, moved);
}

static void heapAdd(Connection *c) {
    if (heapUsed == heapCapacity) {
        heapCapacity = heapCapacity ? heapCapacity * 2 : 1024;
        heap = realloc(heap, heapCapacity * sizeof *heap);
        if (!heap) die("realloc");
    }
    heapSift(heapUsed++, c);
}

static void closeConnection(Connection *c) {
    if (c->fd < 0) return;
    if (c->streaming) open_--;
    heapRemove(c);
    close(c->fd);
    c->fd = -1;
    c->nextDead = dead;
    dead = c;
}

static void watch(Connection *c, bool wantsWrite) {
    if (c->wantsWrite == wantsWrite) return;
    c->wantsWrite = wantsWrite;
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | (wantsWrite ? EPOLLOUT : 0), .data.ptr = c};
    if (epoll_ctl(epollFD, EPOLL_CTL_MOD, c->fd, &e)) die("epoll_ctl");
}

// False if the connection is closed or something had to be left for later. `bytes` live for ever unless `owned`.
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

static bool flushLeft(Connection *c) {
    if (!c->outLeft) return true;
    const char *out = c->out;
    size_t left = c->outLeft;
    char *owned = c->outOwned;
    c->outLeft = 0;
    c->outOwned = NULL;
    ssize_t n = write(c->fd, out, left);
    if (n < 0 && errno != EAGAIN) {
        free(owned);
        closeConnection(c);
        return false;
    }
    if (n < 0) n = 0;
    if ((size_t)n == left) {
        free(owned);
        return true;
    }
    c->out = out + n;
    c->outLeft = left - (size_t)n;
    c->outOwned = owned;
    return false;
}

static void serve(Connection *c);

static void pump(Connection *c) {
    for (int turn = 0; c->streaming; turn++) {
        if (turn == TURN) {
            watch(c, true);
            return;
        }
        if (gap > 0 && c->next > 0 && c->next <= c->total) {
            int64_t t = now();
            if (c->due == 0) c->due = t + gap * 1000;
            if (c->due > t) {
                watch(c, false);
                if (c->heapIndex < 0) heapAdd(c);
                return;
            }
            c->due = 0;
        }
        long step = c->next++;
        bool ok = true;
        if (step < c->total) {
            written++;
            ok = put(c, event, eventSize, NULL);
        } else if (step == c->total && c->usage) {
            written++;
            ok = put(c, usageEvent, usageSize, NULL);
        } else if (step == c->total) {
            continue;
        } else if (step == c->total + 1) {
            written++;
            ok = put(c, done, sizeof done - 1, NULL);
        } else {
            c->streaming = false;
            open_--;
            requests++;
            ok = put(c, last, sizeof last - 1, NULL);
        }
        if (!ok) return;
    }
    watch(c, false);
}

static bool has(const char *body, size_t size, const char *name) {
    size_t length = strlen(name);
    const char *end = body + size;
    for (const char *at = body; (at = memmem(at, (size_t)(end - at), name, length)); at += length) {
        const char *p = at + length;
        while (p < end && (*p == ' ' || *p == ':')) p++;
        if (end - p >= 4 && !memcmp(p, "true", 4)) return true;
    }
    return false;
}

static void get(Connection *c, const char *path) {
    char body[256], *text = malloc(512);
    if (!strncmp(path, "/set?", 5)) {
        const char *p = strstr(path, "events="), *q = strstr(path, "gap_us=");
        if (p) events = atol(p + 7);
        if (q) gap = atol(q + 7);
    }
    if (!strncmp(path, "/count", 6) || !strncmp(path, "/set?", 5))
        sprintf(body, "{\"requests\": %llu, \"events\": %llu, \"open\": %llu}", requests, written, open_);
    else
        sprintf(body, "{\"object\":\"list\",\"data\":[{\"id\":\"upstream\",\"object\":\"model\"}]}");
    int size = sprintf(
        text, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", strlen(body), body);
    put(c, text, (size_t)size, text);
}

static void post(Connection *c, const char *body, size_t size) {
    if (!has(body, size, "\"stream\"")) {
        requests++;
        put(c, answer, answerSize, NULL);
        return;
    }
    c->streaming = true;
    c->usage = has(body, size, "\"include_usage\"");
    c->next = 0;
    c->total = events;
    c->due = 0;
    open_++;
    if (put(c, streamHead, sizeof streamHead - 1, NULL)) pump(c);
}

// Answers what has been read, one request after the other.
static void serve(Connection *c) {
    while (c->fd >= 0 && !c->streaming && !c->outLeft && c->used) {
        char *end = memmem(c->in, c->used, "\r\n\r\n", 4);
        if (!end) return;
        size_t head = (size_t)(end - c->in) + 4, length = 0;
        end[2] = 0;
        const char *field = strcasestr(c->in, "\ncontent-length:");
        bool chunked = strcasestr(c->in, "\ntransfer-encoding:") != NULL;
        if (field) length = strtoul(field + 16, NULL, 10);
        end[2] = '\r';
        if (chunked) {
            fprintf(stderr, "upstream: a request without content-length\n");
            closeConnection(c);
            return;
        }
        if (c->used < head + length) return;
        char path[256] = "/";
        if (!strncmp(c->in, "GET ", 4)) {
            sscanf(c->in + 4, "%255s", path);
            get(c, path);
        } else {
            post(c, c->in + head, length);
        }
        if (c->fd < 0) return;
        c->used -= head + length;
        memmove(c->in, c->in + head + length, c->used);
    }
}

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
    if (c->fd >= 0 && c->used == 0 && c->streaming && gap > 0) {
        free(c->in);
        c->in = NULL;
        c->capacity = 0;
    }
}

static void writable(Connection *c) {
    if (!flushLeft(c)) return;
    if (c->streaming) pump(c);
    else watch(c, false);
    if (c->fd >= 0 && !c->streaming) serve(c);
}

static void acceptAll(int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno != EAGAIN) perror("accept");
            return;
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        Connection *c = calloc(1, sizeof *c);
        if (!c) die("calloc");
        c->fd = fd;
        c->heapIndex = -1;
        struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
        if (epoll_ctl(epollFD, EPOLL_CTL_ADD, fd, &e)) die("epoll_ctl");
    }
}

static void pausesOver(void) {
    int64_t t = now();
    while (heapUsed && heap[0]->due <= t) {
        Connection *c = heap[0];
        heapRemove(c);
        pump(c);
        if (c->fd >= 0 && !c->streaming) serve(c);
    }
}

static void setTimer(void) {
    static int64_t set;
    int64_t due = heapUsed ? heap[0]->due : 0;
    if (due == set) return;
    set = due;
    struct itimerspec t = {.it_value = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000}};
    timerfd_settime(timerFD, TFD_TIMER_ABSTIME, &t, NULL);
}

int main(int argc, char **argv) {
    int port = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--port")) port = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--events")) events = atol(argv[i + 1]);
        else if (!strcmp(argv[i], "--gap-us")) gap = atol(argv[i + 1]);
        else return fprintf(stderr, "unknown option %s\n", argv[i]), 64;
    }
    signal(SIGPIPE, SIG_IGN);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    makeTexts();
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size)) die("bind");
    if (listen(listener, 16384)) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    epollFD = epoll_create1(EPOLL_CLOEXEC);
    timerFD = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &listener}, t = {.events = EPOLLIN, .data.ptr = &timerFD};
    epoll_ctl(epollFD, EPOLL_CTL_ADD, listener, &e);
    epoll_ctl(epollFD, EPOLL_CTL_ADD, timerFD, &t);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct epoll_event ready[512];
    for (;;) {
        setTimer();
        int n = epoll_wait(epollFD, ready, 512, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr == &listener) {
                acceptAll(listener);
                continue;
            }
            if (ready[i].data.ptr == &timerFD) {
                uint64_t times;
                if (read(timerFD, &times, sizeof times) < 0 && errno != EAGAIN) die("read");
                continue;
            }
            Connection *c = ready[i].data.ptr;
            if (c->fd >= 0 && ready[i].events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) closeConnection(c);
            if (c->fd >= 0 && ready[i].events & EPOLLOUT) writable(c);
            if (c->fd >= 0 && ready[i].events & EPOLLIN) readable(c);
        }
        pausesOver();
        while (dead) {
            Connection *c = dead;
            dead = c->nextDead;
            free(c->in);
            free(c->outOwned);
            free(c);
        }
    }
}
