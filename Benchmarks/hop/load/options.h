// The command line of load.
#pragma once
#include <stdbool.h>

typedef struct {
    int port, connections, stalled, receiveBuffer;
    bool holds;  // streams are held open, instead of one request after the other
    long requests;
    double seconds, rate;
    const char *body, *path, *ending, *key;
} Options;

extern Options options;

// Ends the program with 64 if the arguments are wrong.
void parseOptions(int argc, char **argv);
