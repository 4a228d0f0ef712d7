// Reads answers to their exact end: head, counted or chunked body.
#define _GNU_SOURCE
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../common/system.h"
#include "failure.h"
#include "statistics.h"
#include "stream.h"

static void finish(Connection *c) {
    int64_t t = now();
    if (c->isStream && !hasItsEnd(c)) {
        failAnswer(c, "a stream without its end");
        return;
    }
    statistics.answered++;
    addSample(&statistics.latency, (double)(t - c->due) / 1000);
    if (c->closes) closeConnection(c);
    else c->phase = IDLE;
}

static void beginChunk(Connection *c) {
    c->phase = CHUNK_SIZE;
    c->left = 0;
    c->lineHasBytes = false;
}

static void readHead(Connection *c) {
    c->head[c->headUsed] = 0;
    int status = 0;
    if (sscanf(c->head, "HTTP/1.%*d %d", &status) != 1 || status != 200) {
        refuse(c);
        return;
    }
    const char *length = strcasestr(c->head, "\ncontent-length:");
    c->closes = strcasestr(c->head, "\nconnection: close") != NULL;
    c->isStream = strcasestr(c->head, "text/event-stream") != NULL;
    if (strcasestr(c->head, "\ntransfer-encoding: chunked")) {
        beginChunk(c);
    } else if (length) {
        c->phase = COUNTED;
        c->left = strtoul(length + 16, NULL, 10);
        if (c->left == 0) finish(c);
    } else {
        failAnswer(c, "an answer without length");
    }
}

// Like takeBody it takes all bytes that belong to it, and returns where the rest begins.
static const char *takeHead(Connection *c, const char *p, const char *end) {
    size_t before = c->headUsed, room = HEAD_LIMIT - 1 - before;
    size_t copied = (size_t)(end - p) < room ? (size_t)(end - p) : room;
    memcpy(c->head + before, p, copied);
    size_t from = before > 3 ? before - 3 : 0;
    const char *found = memmem(c->head + from, before + copied - from, "\r\n\r\n", 4);
    if (!found) {
        c->headUsed += copied;
        if (c->headUsed == HEAD_LIMIT - 1) fail(c, "a head that is too long");
        return p + copied;
    }
    c->headUsed = (size_t)(found - c->head) + 4;
    readHead(c);
    return p + (c->headUsed - before);
}

static const char *takeBody(Connection *c, const char *p, const char *end) {
    size_t n = (size_t)(end - p) < c->left ? (size_t)(end - p) : c->left;
    bodyBytes(c, p, n);
    c->left -= n;
    if (!c->left && c->phase == CHUNK_DATA) c->phase = CHUNK_END;
    else if (!c->left) finish(c);
    return p + n;
}

static int digit(char b) {
    if (b >= '0' && b <= '9') return b - '0';
    b |= 32;
    return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

static void takeChunkSize(Connection *c, char b) {
    if (b == '\n' && !c->lineHasBytes) {
        failAnswer(c, "a chunk without size");
    } else if (b == '\n') {
        c->phase = c->left ? CHUNK_DATA : TRAILER;
        c->lineHasBytes = false;
    } else if (digit(b) >= 0) {
        c->left = c->left * 16 + (size_t)digit(b);
        c->lineHasBytes = true;
    } else if (b != '\r') {
        failAnswer(c, "a chunk size that is none");
    }
}

static void takeTrailer(Connection *c, char b) {
    if (b == '\n' && !c->lineHasBytes) finish(c);
    else if (b == '\n') c->lineHasBytes = false;
    else if (b != '\r') c->lineHasBytes = true;
}

void takeBytes(Connection *c, const char *bytes, size_t size) {
    const char *p = bytes, *end = bytes + size;
    while (p < end && c->fd >= 0) {
        switch (c->phase) {
        case HEAD: p = takeHead(c, p, end); break;
        case COUNTED:
        case CHUNK_DATA: p = takeBody(c, p, end); break;
        case CHUNK_SIZE: takeChunkSize(c, *p++); break;
        case CHUNK_END:
            if (*p++ == '\n') beginChunk(c);
            break;
        case TRAILER: takeTrailer(c, *p++); break;
        default: failAnswer(c, "bytes that nobody asked for"); break;
        }
    }
}
