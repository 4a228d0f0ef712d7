// Reads answers to their exact end: head, counted or chunked body.
#pragma once
#include <stddef.h>

#include "connection.h"

// Takes bytes that arrived. The connection is idle or closed after the last byte of an answer.
void takeBytes(Connection *c, const char *bytes, size_t size);
