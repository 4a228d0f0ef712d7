#ifndef ROUNDHOUSE_DELEGATION_H
#define ROUNDHOUSE_DELEGATION_H

#include <stdbool.h>

/// Whether systemd says of a control group's folder that it is delegated: one of its extended attributes `user.delegate` and
/// `trusted.delegate` is 1 (https://systemd.io/CGROUP_DELEGATION/). In C, because Swift's Glibc has no sys/xattr.h.
bool roundhouse_is_delegated(const char *folder);

#endif
