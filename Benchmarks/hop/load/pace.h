// When requests start: in a closed loop as soon as a connection is free, in an open one as often as --rate says.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "connection.h"

void startPace(int64_t t);

// False when the run is over.
bool paceGoesOn(void);

// Starts the next request on a connection that is free, if there is one to start.
void startNext(Connection *c);

// Starts what a closed loop can start on connections that were closed.
void reopenClosed(void);

// Starts what is due in an open loop; returns when the next request is.
int64_t startDue(int64_t t);
