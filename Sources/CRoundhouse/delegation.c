#include "roundhouse_delegation.h"

#include <sys/xattr.h>

static bool is_one(const char *folder, const char *attribute)
{
    char value[8];
    return getxattr(folder, attribute, value, sizeof value) > 0 && value[0] == '1';
}

bool roundhouse_is_delegated(const char *folder)
{
    return is_one(folder, "user.delegate") || is_one(folder, "trusted.delegate");
}
