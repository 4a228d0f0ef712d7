// Writes, and keeps what a write() left over.
#pragma once
#include "connection.h"
#include "texts.h"

// All of these return false if the connection is closed or something had to be left for later.

bool putText(Connection *c, const Text *text);

// Frees the bytes when they are written.
bool putOwned(Connection *c, char *bytes, size_t size);

bool putLeft(Connection *c);
