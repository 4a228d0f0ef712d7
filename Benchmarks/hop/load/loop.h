// The event loop: waits for sockets and the timer, and hands on what happened.
#pragma once

// Returns when the run is over.
void runLoop(void);
