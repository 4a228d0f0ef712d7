// A load generator for one gateway: epoll, one thread, HTTP/1.1 with keep-alive.
//
//   load --port N --body FILE [--path P] [--key SECRET] [--connections C] [--seconds S | --requests N] [--rate R]
//        closed loop over C connections; with --rate an open loop: R requests a second over at most C connections, and
//        latency counts from when a request was due, not from when a connection was free for it
//   load ... --idle-streams N --seconds S    opens N streams, keeps reading them
//   load ... --stalled N --seconds S [--receive-buffer BYTES]
//        opens N streams, reads the head and 4 KB of each, then reads no more
//
// The latter two print {"ready": N} when all streams are there, and hold them for S seconds from then on. Every answer
// is read to its exact end. Prints one line of JSON; exit code 1 if anything but a 200 with a whole answer came.
#include "../common/system.h"
#include "connection.h"
#include "loop.h"
#include "options.h"
#include "pace.h"
#include "request.h"
#include "statistics.h"

const int deathStatus = 2;

int main(int argc, char **argv) {
    parseOptions(argc, argv);
    prepareProcess();
    makeRequest();
    makeConnections();
    int64_t startTime = now();
    if (!options.holds) startPace(startTime);
    runLoop();
    printStatistics((double)(now() - startTime) / 1e9);
    return statistics.errors || statistics.refused ? 1 : 0;
}
