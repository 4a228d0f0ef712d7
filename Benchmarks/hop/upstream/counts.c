// What /count tells.
#include "counts.h"

Counts counts;
