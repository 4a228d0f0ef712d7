// The event loop: waits for sockets and the next end of a pause, and hands on what happened.
#pragma once

// Serves for ever.
_Noreturn void runLoop(int listener);
