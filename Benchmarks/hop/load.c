// A load generator for one gateway: epoll, one thread, HTTP/1.1 with keep-alive.
//
//   load --port N --body FILE [--path P] [--key SECRET] [--connections C] [--seconds S | --requests N] [--rate R]
//        closed loop over C connections; with --rate an open loop: R requests a second over at most C connections, and
//        latency counts from when a request was due, not from when a connection was free for it
//   load ... --idle-streams N --seconds S    opens N streams, keeps reading them
//   load ... --stalled N --seconds S [--receive-buffer BYTES]
//        opens N streams, reads the head and 4 KB of each, then reads no more
//
// The latter two print {"ready": N} when all streams are there, and hold them for S seconds from then on. Every answer
// is read to its exact end. Prints one line of JSON; exit code 1 if anything but a 200 with a whole answer came.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
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

enum { HEAD_LIMIT = 16384, READ_SIZE = 65536, STALL_AFTER = 4096, OPENING = 200 };
enum Phase { CLOSED, CONNECTING, IDLE, SENDING, HEAD, COUNTED, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, STALLED };

typedef struct {
    int fd;
    enum Phase phase;
    size_t sent, headUsed, left;
    char *head;
    int64_t due;
    bool closes, first, isStream, ready, lineHasBytes, wantsWrite;
    char tail[16];  // the last bytes of a stream
    size_t tailUsed, bodyRead;
    bool newline;
} Connection;

typedef struct {
    double *values;
    size_t used, capacity;
} Samples;

static struct {
    int port, connections, idleStreams, stalled, receiveBuffer;
    long requests;
    double seconds, rate;
    const char *body, *path, *key;
} options = {.connections = 16, .seconds = 1.5, .path = "/v1/chat/completions", .key = "none"};

static int epollFD;
static Connection *connections;
static char *request;
static size_t requestSize;
static unsigned long long answered, events, errors, refused;
static long startedCount;
static int readyCount, opening, nextToOpen;
static Samples latency, firstByte;
static int64_t startTime, endTime, *queue;
static size_t queueHead, queueTail, queueCapacity;
static bool stopping, holds;
static double nextDue;
static char *errorShown;

static void die(const char *what) {
    perror(what);
    exit(2);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void add(Samples *samples, double value) {
    if (samples->used == samples->capacity) {
        samples->capacity = samples->capacity ? samples->capacity * 2 : 65536;
        samples->values = realloc(samples->values, samples->capacity * sizeof *samples->values);
        if (!samples->values) die("realloc");
    }
    samples->values[samples->used++] = value;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(Samples *samples, double q) {
    if (!samples->used) return 0;
    size_t i = (size_t)ceil(q * (double)samples->used);
    return samples->values[i ? i - 1 : 0];
}

static void watch(Connection *c, uint32_t what) {
    struct epoll_event e = {.events = what, .data.ptr = c};
    if (epoll_ctl(epollFD, EPOLL_CTL_MOD, c->fd, &e)) die("epoll_ctl");
}

static void fail(Connection *c, const char *why) {
    errors++;
    if (holds && !c->ready) opening--;
    if (!errorShown) {
        errorShown = strdup(why);
        fprintf(stderr, "load: %s: %s\n", why, strerror(errno));
    }
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->phase = CLOSED;
    if (errors > 1000) stopping = true;
}

static void openConnection(Connection *c) {
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket");
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (options.receiveBuffer)
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &options.receiveBuffer, sizeof options.receiveBuffer);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
    if (epoll_ctl(epollFD, EPOLL_CTL_ADD, c->fd, &e)) die("epoll_ctl");
    c->phase = CONNECTING;
    c->headUsed = 0;
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) fail(c, "connect");
}

static void send_(Connection *c) {
    c->phase = SENDING;
    ssize_t n = write(c->fd, request + c->sent, requestSize - c->sent);
    if (n < 0 && errno != EAGAIN) {
        fail(c, "write");
        return;
    }
    if (n > 0) c->sent += (size_t)n;
    bool wants = c->sent < requestSize;
    if (!wants) {
        c->phase = HEAD;
        c->headUsed = 0;
    }
    if (wants != c->wantsWrite) {
        c->wantsWrite = wants;
        watch(c, EPOLLIN | (wants ? EPOLLOUT : 0));
    }
}

static void begin(Connection *c, int64_t due) {
    startedCount++;
    c->due = due;
    c->sent = 0;
    c->first = true;
    c->closes = c->isStream = false;
    c->bodyRead = c->tailUsed = 0;
    c->newline = false;
    if (c->fd >= 0 && c->phase == IDLE) send_(c);
    else openConnection(c);
}

// Starts the next request on a connection that is free, if there is one to start.
static void next(Connection *c) {
    if (holds || stopping) return;
    if (options.requests && startedCount >= options.requests) return;
    if (options.rate == 0) begin(c, now());
    else if (queueHead != queueTail) begin(c, queue[queueHead++ % queueCapacity]);
}

static void finish(Connection *c) {
    int64_t t = now();
    if (c->isStream && (c->tailUsed < 14 || memcmp(c->tail + c->tailUsed - 14, "data: [DONE]\n\n", 14))) {
        errno = 0;
        fail(c, "a stream that does not end with [DONE]");
        return;
    }
    answered++;
    add(&latency, (double)(t - c->due) / 1000);
    if (c->closes) {
        close(c->fd);
        c->fd = -1;
        c->phase = CLOSED;
    } else {
        c->phase = IDLE;
    }
}

static void streamBytes(Connection *c, const char *bytes, size_t size) {
    c->bodyRead += size;
    if (!c->isStream) return;
    for (const char *p = bytes, *end = bytes + size; p < end;) {
        const char *line = memchr(p, '\n', (size_t)(end - p));
        if (!line) {
            c->newline = false;
            break;
        }
        if (line > p || !c->newline) c->newline = true;
        else events++, c->newline = false;
        p = line + 1;
    }
    size_t take = size < sizeof c->tail ? size : sizeof c->tail;
    size_t keep = c->tailUsed + take > sizeof c->tail ? sizeof c->tail - take : c->tailUsed;
    memmove(c->tail, c->tail + c->tailUsed - keep, keep);
    memcpy(c->tail + keep, bytes + size - take, take);
    c->tailUsed = keep + take;
}

static bool readHead(Connection *c) {
    c->head[c->headUsed] = 0;
    int status = 0;
    if (sscanf(c->head, "HTTP/1.%*d %d", &status) != 1 || status != 200) {
        refused++;
        if (holds && !c->ready) opening--;
        if (!errorShown) {
            errorShown = strdup("status");
            fprintf(stderr, "load: not a 200:\n%s\n", c->head);
        }
        close(c->fd);
        c->fd = -1;
        c->phase = CLOSED;
        if (refused > 1000) stopping = true;
        return false;
    }
    char *length = strcasestr(c->head, "\ncontent-length:"), *connection = strcasestr(c->head, "\nconnection: close");
    c->closes = connection != NULL;
    c->isStream = strcasestr(c->head, "text/event-stream") != NULL;
    if (strcasestr(c->head, "\ntransfer-encoding: chunked")) {
        c->phase = CHUNK_SIZE;
        c->left = 0;
        c->lineHasBytes = false;
    } else if (length) {
        c->phase = COUNTED;
        c->left = strtoul(length + 16, NULL, 10);
        if (c->left == 0) finish(c);
    } else {
        errno = 0;
        fail(c, "an answer without length");
        return false;
    }
    return true;
}

static int digit(char b) {
    if (b >= '0' && b <= '9') return b - '0';
    b |= 32;
    return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

static void take(Connection *c, const char *p, size_t size) {
    const char *end = p + size;
    while (p < end && c->fd >= 0) {
        switch (c->phase) {
        case HEAD: {
            char *found = NULL;
            size_t before = c->headUsed, room = HEAD_LIMIT - 1 - before;
            size_t copied = (size_t)(end - p) < room ? (size_t)(end - p) : room;
            memcpy(c->head + before, p, copied);
            size_t from = before > 3 ? before - 3 : 0;
            found = memmem(c->head + from, before + copied - from, "\r\n\r\n", 4);
            if (!found) {
                c->headUsed += copied;
                p += copied;
                if (c->headUsed == HEAD_LIMIT - 1) fail(c, "a head that is too long");
                break;
            }
            c->headUsed = (size_t)(found - c->head) + 4;
            p += c->headUsed - before;
            if (!readHead(c)) return;
            break;
        }
        case COUNTED: {
            size_t n = (size_t)(end - p) < c->left ? (size_t)(end - p) : c->left;
            streamBytes(c, p, n);
            c->left -= n;
            p += n;
            if (!c->left) finish(c);
            break;
        }
        case CHUNK_SIZE: {
            char b = *p++;
            if (b == '\n') {
                if (!c->lineHasBytes) {
                    errno = 0;
                    fail(c, "a chunk without size");
                    return;
                }
                c->phase = c->left ? CHUNK_DATA : TRAILER;
                c->lineHasBytes = false;
            } else if (digit(b) >= 0) {
                c->left = c->left * 16 + (size_t)digit(b);
                c->lineHasBytes = true;
            } else if (b != '\r') {
                errno = 0;
                fail(c, "a chunk size that is none");
                return;
            }
            break;
        }
        case CHUNK_DATA: {
            size_t n = (size_t)(end - p) < c->left ? (size_t)(end - p) : c->left;
            streamBytes(c, p, n);
            c->left -= n;
            p += n;
            if (!c->left) c->phase = CHUNK_END;
            break;
        }
        case CHUNK_END:
            if (*p++ == '\n') {
                c->phase = CHUNK_SIZE;
                c->left = 0;
                c->lineHasBytes = false;
            }
            break;
        case TRAILER: {
            char b = *p++;
            if (b == '\n' && !c->lineHasBytes) finish(c);
            else if (b == '\n') c->lineHasBytes = false;
            else if (b != '\r') c->lineHasBytes = true;
            break;
        }
        default:
            errno = 0;
            fail(c, "bytes that nobody asked for");
            return;
        }
    }
}

static void readable(Connection *c) {
    static char buffer[READ_SIZE];
    size_t limit = options.stalled ? 1024 : sizeof buffer;
    ssize_t n = read(c->fd, buffer, limit);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        if (c->phase == IDLE) {
            close(c->fd);
            c->fd = -1;
            c->phase = CLOSED;
            return;
        }
        if (n == 0) errno = 0;
        fail(c, n == 0 ? "closed inside an answer" : "read");
        return;
    }
    if (c->first) {
        c->first = false;
        add(&firstByte, (double)(now() - c->due) / 1000);
    }
    take(c, buffer, (size_t)n);
    if (c->fd < 0) {
        if (!holds) next(c);
        return;
    }
    if (holds && !c->ready && c->phase != HEAD && (!options.stalled || c->bodyRead >= STALL_AFTER)) {
        c->ready = true;
        readyCount++;
        opening--;
        if (options.stalled) {
            c->phase = STALLED;
            watch(c, 0);
        }
    }
    if (c->phase == IDLE) next(c);
}

static void writable(Connection *c) {
    if (c->phase == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) {
            errno = error;
            fail(c, "connect");
            return;
        }
        c->wantsWrite = true;
    }
    send_(c);
}

// Puts the requests that are due by now into the queue, and starts as many as there are connections for.
static void fillQueue(int64_t t) {
    while (nextDue <= (double)t && !stopping) {
        queue[queueTail++ % queueCapacity] = (int64_t)nextDue;
        nextDue += 1e9 / options.rate;
    }
    for (int i = 0; i < options.connections && queueHead != queueTail; i++) {
        if (connections[i].phase == IDLE || connections[i].phase == CLOSED) next(&connections[i]);
    }
}

static bool running(void) {
    int64_t t = now();
    if (holds) {
        int total = options.connections;
        while (opening < OPENING && nextToOpen < total) {
            opening++;
            begin(&connections[nextToOpen++], t);
        }
        if (readyCount + (int)errors + (int)refused >= total && !endTime) {
            printf("{\"ready\": %d}\n", readyCount);
            fflush(stdout);
            endTime = t + (int64_t)(options.seconds * 1e9);
        }
        return (!endTime || t < endTime) && !stopping;
    }
    if (options.requests) return answered + errors + refused < (unsigned long long)options.requests && !stopping;
    if (t >= endTime) stopping = true;
    return !stopping;
}

static void readBody(void) {
    FILE *file = fopen(options.body, "rb");
    if (!file) die(options.body);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    request = malloc(size + 4096);
    if (!request) die("malloc");
    requestSize = (size_t)snprintf(
        request, 4096,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
        "Accept: */*\r\nUser-Agent: load/1\r\nContent-Length: %zu\r\n\r\n",
        options.path, options.port, options.key, size);
    if (fread(request + requestSize, 1, size, file) != size) die("fread");
    requestSize += size;
    fclose(file);
}

static void parse(int argc, char **argv) {
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(name, "--port")) options.port = atoi(value);
        else if (!strcmp(name, "--body")) options.body = value;
        else if (!strcmp(name, "--path")) options.path = value;
        else if (!strcmp(name, "--key")) options.key = value;
        else if (!strcmp(name, "--connections")) options.connections = atoi(value);
        else if (!strcmp(name, "--seconds")) options.seconds = atof(value);
        else if (!strcmp(name, "--requests")) options.requests = atol(value);
        else if (!strcmp(name, "--rate")) options.rate = atof(value);
        else if (!strcmp(name, "--idle-streams")) options.idleStreams = atoi(value);
        else if (!strcmp(name, "--stalled")) options.stalled = atoi(value);
        else if (!strcmp(name, "--receive-buffer")) options.receiveBuffer = atoi(value);
        else {
            fprintf(stderr, "unknown option %s\n", name);
            exit(64);
        }
    }
    if (!options.port || !options.body) {
        fprintf(stderr, "--port and --body are needed\n");
        exit(64);
    }
}

int main(int argc, char **argv) {
    parse(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    readBody();
    holds = options.idleStreams || options.stalled;
    if (holds) options.connections = options.stalled ? options.stalled : options.idleStreams;
    epollFD = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc((size_t)options.connections, sizeof *connections);
    if (!connections) die("calloc");
    for (int i = 0; i < options.connections; i++) {
        connections[i].fd = -1;
        connections[i].head = malloc(HEAD_LIMIT);
    }
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &timer};
    epoll_ctl(epollFD, EPOLL_CTL_ADD, timer, &e);
    startTime = now();
    if (!holds) endTime = startTime + (int64_t)(options.seconds * 1e9);
    if (options.rate > 0) {
        queueCapacity = (size_t)(options.rate * options.seconds) + 1024;
        queue = malloc(queueCapacity * sizeof *queue);
        nextDue = (double)startTime;
    } else if (!holds) {
        for (int i = 0; i < options.connections; i++) next(&connections[i]);
    }
    struct epoll_event ready[256];
    while (running()) {
        if (options.rate > 0) {
            fillQueue(now());
            int64_t due = (int64_t)nextDue;
            struct itimerspec t = {.it_value = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000}};
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &t, NULL);
        }
        int n = epoll_wait(epollFD, ready, 256, 20);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr == &timer) {
                uint64_t times;
                if (read(timer, &times, sizeof times) < 0 && errno != EAGAIN) die("read");
                continue;
            }
            Connection *c = ready[i].data.ptr;
            if (c->fd < 0) continue;
            if (c->phase == STALLED) {
                fail(c, "a stalled stream was closed");
                continue;
            }
            if (ready[i].events & EPOLLOUT) writable(c);
            if (c->fd >= 0 && ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(c);
        }
        if (!holds && options.rate == 0) {
            for (int i = 0; i < options.connections; i++)
                if (connections[i].phase == CLOSED) next(&connections[i]);
        }
    }
    double seconds = (double)(now() - startTime) / 1e9;
    qsort(latency.values, latency.used, sizeof *latency.values, compare);
    qsort(firstByte.values, firstByte.used, sizeof *firstByte.values, compare);
    printf(
        "{\"requests\": %llu, \"events\": %llu, \"errors\": %llu, \"non2xx\": %llu, \"seconds\": %.4f, \"p50\": %.1f, "
        "\"p99\": %.1f, \"p999\": %.1f, \"ttfb_p50\": %.1f, \"ttfb_p99\": %.1f, \"held\": %d}\n",
        answered, events, errors, refused, seconds, quantile(&latency, 0.5), quantile(&latency, 0.99),
        quantile(&latency, 0.999), quantile(&firstByte, 0.5), quantile(&firstByte, 0.99), readyCount);
    return errors || refused ? 1 : 0;
}
