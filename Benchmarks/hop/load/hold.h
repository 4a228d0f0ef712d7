// Holds many streams open at once: those of --idle-streams are read on, those of --stalled are not.
#pragma once
#include <stdbool.h>

#include "connection.h"

// Opens streams that are still missing; false when they were all held for long enough.
bool holdGoesOn(void);

// Looks whether enough of a stream has been read to call it ready.
void holdStream(Connection *c);

// A connection fails; one that was being opened makes room for another.
void lostStream(const Connection *c);
