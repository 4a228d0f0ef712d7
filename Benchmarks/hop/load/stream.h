// The events of a stream: how many there are, and whether the last one is [DONE].
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "connection.h"

// Takes bytes of a body, of a stream or not.
void bodyBytes(Connection *c, const char *bytes, size_t size);

bool hasItsEnd(const Connection *c);
