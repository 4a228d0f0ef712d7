// What happens when a request does not get its whole answer: it is counted, and the first one is explained.
#pragma once
#include <stdbool.h>

#include "connection.h"

// Closes the connection; errno says more than `why`.
void fail(Connection *c, const char *why);

// The same where no system call failed.
void failAnswer(Connection *c, const char *why);

// Closes a connection with a head that is not that of a 200.
void refuse(Connection *c);

// A run in which nearly nothing works need not go on.
bool tooManyFailures(void);
