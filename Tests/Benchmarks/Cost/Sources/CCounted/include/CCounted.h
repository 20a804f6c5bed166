/* How often this process has asked for memory and counted references, since it started. */
#ifndef CCOUNTED_H
#define CCOUNTED_H

#include <stdint.h>

struct ccounted {
    uint64_t allocations;
    uint64_t frees;
    uint64_t retains;
    uint64_t releases;
};

struct ccounted ccounted_now(void);

#endif
