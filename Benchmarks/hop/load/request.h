// The bytes of the one request that is sent again and again.
#pragma once
#include <stddef.h>

extern char *request;
extern size_t requestSize;

// Makes it from the options.
void makeRequest(void);
