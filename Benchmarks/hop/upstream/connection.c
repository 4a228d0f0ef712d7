// The connections: accepting, watching and closing them.
#define _GNU_SOURCE
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/system.h"
#include "counts.h"
#include "pauses.h"

enum { BACKLOG = 16384 };

int epollFD;
static Connection *dead;

int makeListener(int *port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size)) die("bind");
    if (listen(listener, BACKLOG)) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    return listener;
}

void acceptAll(int listener) {
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

void watch(Connection *c, bool wantsWrite) {
    if (c->wantsWrite == wantsWrite) return;
    c->wantsWrite = wantsWrite;
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | (wantsWrite ? EPOLLOUT : 0), .data.ptr = c};
    if (epoll_ctl(epollFD, EPOLL_CTL_MOD, c->fd, &e)) die("epoll_ctl");
}

void closeConnection(Connection *c) {
    if (c->fd < 0) return;
    if (c->streaming) counts.open--;
    removePause(c);
    close(c->fd);
    c->fd = -1;
    c->nextDead = dead;
    dead = c;
}

void freeClosed(void) {
    while (dead) {
        Connection *c = dead;
        dead = c->nextDead;
        free(c->in);
        free(c->outOwned);
        free(c);
    }
}
