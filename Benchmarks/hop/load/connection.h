// A connection to the gateway: opening it, sending the request on it, closing it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEAD_LIMIT = 16384 };
enum Phase { CLOSED, CONNECTING, IDLE, SENDING, HEAD, COUNTED, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, STALLED };

typedef struct {
    int fd;  // -1 while it is closed
    enum Phase phase;
    size_t sent, headUsed, left;
    char *head;
    int64_t due;
    bool closes, first, isStream, ready, lineHasBytes, wantsWrite;
    char tail[32];  // the last bytes of a stream
    size_t tailUsed, bodyRead;
    bool newline;
} Connection;

extern int epollFD;
extern Connection *connections;  // as many as in the options

void makeConnections(void);
void watch(Connection *c, uint32_t what);
void closeConnection(Connection *c);

// Sends the request, on a new connection unless this one is idle. Its latency counts from `due`.
void startRequest(Connection *c, int64_t due);

// Goes on with connecting or sending.
void writable(Connection *c);
