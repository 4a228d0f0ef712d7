#ifndef ROUNDHOUSE_LAUNCHER_H
#define ROUNDHOUSE_LAUNCHER_H

/// Runs a program as its supervisor and does not return until the program and everything that it started are gone.
///
/// `lifeline` is a descriptor that reaches its end when whoever wants the program to live has died or closed it; then
/// the program and all of its descendants are killed. SIGTERM, SIGINT and SIGHUP are passed on to the program alone.
/// `group` is the folder of the control group that the program is put into, or null for the launcher's own.
/// `argv` ends with a null pointer; its first entry is looked for on PATH if it has no slash.
///
/// Ends the process: with the program's own exit code, or by the signal that killed it.
_Noreturn void roundhouse_launch(int lifeline, int oom_score_adj, const char *group, char *const argv[]);

#endif
