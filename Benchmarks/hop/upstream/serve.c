// Tells requests apart, and answers them one after the other.
#define _GNU_SOURCE
#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "counts.h"
#include "output.h"
#include "stream.h"
#include "texts.h"

// Whether a member of this name, with its quotation marks, is true somewhere in the body.
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
        if (p) streamSettings.events = atol(p + 7);
        if (q) streamSettings.gap = atol(q + 7);
    }
    if (!strncmp(path, "/count", 6) || !strncmp(path, "/set?", 5))
        sprintf(
            body, "{\"requests\": %llu, \"events\": %llu, \"open\": %llu}", counts.requests, counts.events,
            counts.open);
    else
        sprintf(body, "{\"object\":\"list\",\"data\":[{\"id\":\"upstream\",\"object\":\"model\"}]}");
    int size = sprintf(
        text, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", strlen(body), body);
    putOwned(c, text, (size_t)size);
}

static void post(Connection *c, const char *body, size_t size) {
    if (has(body, size, "\"stream\"")) {
        beginStream(c, has(body, size, "\"include_usage\""));
    } else {
        counts.requests++;
        putText(c, &answer);
    }
}

void serve(Connection *c) {
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
