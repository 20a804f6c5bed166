// What came back: answers, wrong ones, latencies in steps of 1.5 %, and the moment a watched
// address changed.
#include "load.h"

static size_t latency_step(uint64_t latency) {
    if (latency < STEPS) return (size_t)latency;
    int doubling = 63 - __builtin_clzll(latency);
    size_t step = (size_t)(doubling - 5) * STEPS + ((latency >> (doubling - 6)) & (STEPS - 1));
    return step < LATENCIES ? step : LATENCIES - 1;
}

static uint64_t step_latency(size_t step) {
    if (step < STEPS) return step;
    uint64_t doubling = step / STEPS + 5;
    return (1ull << doubling) + ((uint64_t)(step % STEPS) << (doubling - 6));
}

static double percentile(const struct tally *tally, double share) {
    uint64_t wanted = (uint64_t)((double)tally->answers * share), seen = 0;
    for (size_t step = 0; step < LATENCIES; step++) {
        seen += tally->latencies[step];
        if (seen > wanted) return (double)step_latency(step) / 1e3;
    }
    return (double)tally->longest / 1e3;
}

void tally_answer(struct tally *tally, const struct options *options, const uint8_t *message,
                  size_t length, uint64_t latency) {
    tally->answers++;
    if (length < HEADER) {
        tally->wrong++;
        return;
    }
    int rcode = message[3] & 15;
    tally->rcodes[rcode]++;
    if (rcode != 0 || read16(message + 6) < options->answers) tally->wrong++;
    tally->latencies[latency_step(latency)]++;
    if (latency > tally->longest) tally->longest = latency;
    if (options->late && latency > options->late) tally->late++;
}

void tally_print(const struct tally *tally) {
    printf("{\"sent\": %llu, \"answers\": %llu, \"wrong\": %llu, \"lost\": %llu, \"late\": %llu, "
           "\"seconds\": %.6f, \"started\": %.6f, \"visible\": %.6f, \"p50\": %.2f, \"p90\": %.2f, "
           "\"p99\": %.2f, \"p999\": %.2f, \"longest\": %.2f, \"servfail\": %llu, \"refused\": %llu}\n",
           (unsigned long long)tally->sent, (unsigned long long)tally->answers,
           (unsigned long long)tally->wrong, (unsigned long long)tally->lost,
           (unsigned long long)tally->late, (double)(tally->ended - tally->started) / 1e9,
           (double)tally->started / 1e9, (double)tally->visible / 1e9, percentile(tally, 0.5),
           percentile(tally, 0.9), percentile(tally, 0.99), percentile(tally, 0.999),
           (double)tally->longest / 1e3, (unsigned long long)tally->rcodes[2],
           (unsigned long long)tally->rcodes[5]);
}
