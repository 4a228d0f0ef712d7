// What both programs ask of the system: time, one timer, many open files, and an end when something is refused.
#pragma once
#include <stdint.h>

// Prints errno and ends the program, with the status that each program defines for itself.
_Noreturn void die(const char *what);
extern const int deathStatus;

// Monotonic nanoseconds.
int64_t now(void);

// As many open files as are allowed, and no signal when the other side of a connection is gone.
void prepareProcess(void);

// A timer fires at a time of `now`, or never with 0. Whoever waited for it must clear it.
int makeTimer(void);
void setTimer(int timer, int64_t due);
void clearTimer(int timer);
