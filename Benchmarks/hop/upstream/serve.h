// Tells requests apart, and answers them one after the other.
#pragma once
#include "connection.h"

// Answers what has been read.
void serve(Connection *c);
