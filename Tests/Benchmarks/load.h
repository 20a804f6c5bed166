// The load generator's parts: queries made beforehand, a tally of answers and their latencies, and
// four manners of asking. Every run is bounded in time, and what was not answered is counted, never
// forgotten.
#ifndef BENCHMARK_LOAD_H
#define BENCHMARK_LOAD_H

#include "wire.h"

#include <stdbool.h>
#include <time.h>

struct options {
    struct sockaddr_in server;
    const char *names, *unique, *watched;
    double seconds, timeout;   // of sending, and of waiting for an answer
    long count;                // queries at the most; 0 for no limit but the time
    double rate;               // queries per second; 0 for as many as are answered
    int clients, window;       // sockets, and queries that one of them may have open
    int answers;               // records that an answer must have, or it is counted as wrong
    bool sequential;           // names in their order instead of at random
    bool apart;                // over TCP: a segment for each query
    bool spread;               // each socket with an address of its own in 127.1.0.0/16
    uint64_t late;             // nanoseconds; answers later than this are counted
    unsigned seed;
};

// Queries with id 0, one after another.
struct queries {
    uint8_t *octets;
    uint32_t *starts;  // one more than there are queries
    size_t count, next, room, octets_room;
    uint64_t random, unique;
    const char *suffix;
    bool sequential;
};

enum { STEPS = 64, LATENCIES = STEPS * 32 };
struct tally {
    uint64_t sent, answers, wrong, lost, late, longest;
    uint64_t rcodes[16];
    uint64_t latencies[LATENCIES];  // log-linear: 64 steps for each doubling, from 1 ns
    uint64_t started, ended;        // of the sending; `ended` moves on with each answer
    uint64_t visible;               // when the watched name's address was another for the first time
};

void queries_read(struct queries *queries, const struct options *options);
void queries_ask_for(struct queries *queries, const char *name);
// Copies the next query with this id and returns its length.
size_t queries_next(struct queries *queries, uint8_t *message, uint16_t id);

void tally_answer(struct tally *tally, const struct options *options, const uint8_t *message,
                  size_t length, uint64_t latency);
void tally_print(const struct tally *tally);

void ask_saturating(const struct options *options, struct queries *queries, struct tally *tally);
void ask_at_rate(const struct options *options, struct queries *queries, struct tally *tally);
void ask_over_tcp(const struct options *options, struct queries *queries, struct tally *tally);
// Asks every millisecond until the first right answer; false where none came in the run's time.
bool ask_until_answered(const struct options *options, struct queries *queries, struct tally *tally);

int client_socket(const struct options *options, int number, int type);

static inline uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline uint64_t nanoseconds(double seconds) { return (uint64_t)(seconds * 1e9); }

#endif
