// The command line of load.
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Options options = {.connections = 16, .seconds = 1.5, .path = "/v1/chat/completions", .key = "none", .ending = "data: [DONE]"};

void parseOptions(int argc, char **argv) {
    int idleStreams = 0;
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(name, "--port")) options.port = atoi(value);
        else if (!strcmp(name, "--body")) options.body = value;
        else if (!strcmp(name, "--path")) options.path = value;
        else if (!strcmp(name, "--ending")) options.ending = value;
        else if (!strcmp(name, "--key")) options.key = value;
        else if (!strcmp(name, "--connections")) options.connections = atoi(value);
        else if (!strcmp(name, "--seconds")) options.seconds = atof(value);
        else if (!strcmp(name, "--requests")) options.requests = atol(value);
        else if (!strcmp(name, "--rate")) options.rate = atof(value);
        else if (!strcmp(name, "--idle-streams")) idleStreams = atoi(value);
        else if (!strcmp(name, "--stalled")) options.stalled = atoi(value);
        else if (!strcmp(name, "--receive-buffer")) options.receiveBuffer = atoi(value);
        else {
            fprintf(stderr, "unknown option %s\n", name);
            exit(64);
        }
    }
    if (strlen(options.ending) > 30) {
        fprintf(stderr, "--ending is too long\n");
        exit(64);
    }
    if (!options.port || !options.body) {
        fprintf(stderr, "--port and --body are needed\n");
        exit(64);
    }
    options.holds = idleStreams || options.stalled;
    if (options.holds) options.connections = options.stalled ? options.stalled : idleStreams;
}
