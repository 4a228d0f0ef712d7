#define _GNU_SOURCE
#include "roundhouse_launcher.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Everything between fork and exec is async-signal-safe: the parent may have threads.
static _Noreturn void become_program(pid_t launcher, int oom_score_adj, int group, char *const argv[])
{
    // If the launcher alone is killed, the program goes with it. The signal is bound to the thread that forked, which is
    // the launcher's main one. The launcher may have died before the call: hence the second look.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != launcher) _exit(127);

    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < 32; signal++) sigaction(signal, &plain, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    // Before anything else is allocated, so that all of it counts there. 0 is whoever writes it (cgroups(7)).
    if (group >= 0 && write(group, "0", 1) < 0)
        dprintf(STDERR_FILENO, "cannot enter the control group: %s\n", strerror(errno));

    int null = open("/dev/null", O_RDONLY);
    if (null >= 0) dup2(null, STDIN_FILENO);
#ifdef SYS_close_range
    syscall(SYS_close_range, 3U, ~0U, 0U);
#endif
    int score = open("/proc/self/oom_score_adj", O_WRONLY);
    if (score >= 0) {
        char text[16];
        int length = snprintf(text, sizeof text, "%d", oom_score_adj);
        if (write(score, text, (size_t)length) < 0) { /* Only a preference of the kernel's. */ }
        close(score);
    }
    execvp(argv[0], argv);

    const char *reason = strerror(errno);
    dprintf(STDERR_FILENO, "cannot start %s: %s\n", argv[0], reason);
    _exit(127);
}

// The parent of a process, or -1.
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return -1;
    text[length] = 0;
    // The second field is the name in parentheses, which may hold any character.
    const char *end = strrchr(text, ')');
    int parent = -1;
    if (end == NULL || sscanf(end + 1, " %*c %d", &parent) != 1) return -1;
    return parent;
}

static void kill_children(pid_t launcher)
{
    DIR *processes = opendir("/proc");
    if (processes == NULL) return;
    struct dirent *entry;
    while ((entry = readdir(processes)) != NULL) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        if (parent_of(entry->d_name) == launcher) kill((pid_t)atoi(entry->d_name), SIGKILL);
    }
    closedir(processes);
}

// Kills children until there are none. The launcher is a subreaper: whatever a killed child leaves behind, also in a
// session of its own, becomes a child of the launcher and dies in a later round.
static int kill_all(pid_t launcher, pid_t program, int status)
{
    for (;;) {
        kill_children(launcher);
        for (;;) {
            int ended;
            pid_t pid = waitpid(-1, &ended, WNOHANG);
            if (pid == program) status = ended;
            if (pid < 0 && errno == ECHILD) return status;
            if (pid <= 0) break;
        }
        poll(NULL, 0, 2);
    }
}

static _Noreturn void end_like(int status)
{
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        struct sigaction plain = {.sa_handler = SIG_DFL};
        sigaction(number, &plain, NULL);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, number);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        raise(number);
        _exit(128 + number);
    }
    _exit(WEXITSTATUS(status));
}

// The file of a control group that takes processes in; -1 for none.
static int open_entrance(const char *group)
{
    if (group == NULL) return -1;
    char path[4096];
    snprintf(path, sizeof path, "%s/cgroup.procs", group);
    int entrance = open(path, O_WRONLY | O_CLOEXEC);
    if (entrance < 0) fprintf(stderr, "cannot open the control group: %s\n", strerror(errno));
    return entrance;
}

_Noreturn void roundhouse_launch(int lifeline, int oom_score_adj, const char *group, char *const argv[])
{
    pid_t launcher = getpid();
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);

    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGHUP);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    int signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);

    int entrance = open_entrance(group);
    pid_t program = fork();
    if (program == 0) become_program(launcher, oom_score_adj, entrance, argv);
    if (entrance >= 0) close(entrance);
    if (program < 0 || signals < 0) {
        fprintf(stderr, "cannot start %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }

    struct pollfd sources[2] = {{.fd = lifeline, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    for (;;) {
        if (poll(sources, 2, -1) < 0 && errno != EINTR) _exit(127);
        if (sources[1].revents != 0) {
            struct signalfd_siginfo info;
            while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
                if (info.ssi_signo != SIGCHLD) kill(program, SIGTERM);
            }
            int status;
            pid_t pid;
            while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
                if (pid == program) end_like(kill_all(launcher, program, status));
            }
        }
        if (sources[0].revents != 0) {
            char scrap[64];
            ssize_t length = read(lifeline, scrap, sizeof scrap);
            if (length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN)) {
                end_like(kill_all(launcher, program, 0));
            }
        }
    }
}
