// The connections whose streams pause, in a heap: the one whose next event comes first is on top.
#pragma once
#include "connection.h"

void addPause(Connection *c);
void removePause(Connection *c);

// NULL if no stream pauses.
Connection *firstPause(void);
