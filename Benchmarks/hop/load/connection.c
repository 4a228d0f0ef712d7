// A connection to the gateway: opening it, sending the request on it, closing it.
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/system.h"
#include "failure.h"
#include "options.h"
#include "request.h"

int epollFD;
Connection *connections;

void makeConnections(void) {
    epollFD = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc((size_t)options.connections, sizeof *connections);
    if (!connections) die("calloc");
    for (int i = 0; i < options.connections; i++) {
        connections[i].fd = -1;
        connections[i].head = malloc(HEAD_LIMIT);
    }
}

void watch(Connection *c, uint32_t what) {
    struct epoll_event e = {.events = what, .data.ptr = c};
    if (epoll_ctl(epollFD, EPOLL_CTL_MOD, c->fd, &e)) die("epoll_ctl");
}

void closeConnection(Connection *c) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->phase = CLOSED;
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

static void sendRequest(Connection *c) {
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

void startRequest(Connection *c, int64_t due) {
    c->due = due;
    c->sent = 0;
    c->first = true;
    c->closes = c->isStream = false;
    c->bodyRead = c->tailUsed = 0;
    c->newline = false;
    if (c->fd >= 0 && c->phase == IDLE) sendRequest(c);
    else openConnection(c);
}

void writable(Connection *c) {
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
    sendRequest(c);
}
