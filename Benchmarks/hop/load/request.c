// The bytes of the one request that is sent again and again.
#include "request.h"

#include <stdio.h>
#include <stdlib.h>

#include "../common/system.h"
#include "options.h"

enum { REQUEST_HEAD_LIMIT = 4096 };

char *request;
size_t requestSize;

void makeRequest(void) {
    FILE *file = fopen(options.body, "rb");
    if (!file) die(options.body);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    request = malloc(size + REQUEST_HEAD_LIMIT);
    if (!request) die("malloc");
    requestSize = (size_t)snprintf(
        request, REQUEST_HEAD_LIMIT,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
        "Accept: */*\r\nUser-Agent: load/1\r\nContent-Length: %zu\r\n\r\n",
        options.path, options.port, options.key, size);
    if (fread(request + requestSize, 1, size, file) != size) die("fread");
    requestSize += size;
    fclose(file);
}
