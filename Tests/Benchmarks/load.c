// The load generator of scripts/bench: asks one server in one of four manners and prints one line
// of JSON.
//
//   load saturate|rate|tcp|first --server ADDRESS:PORT (--names FILE | --unique SUFFIX) [options]
//
// Options: --seconds N, --timeout N, --count N, --rate N, --clients N, --window N (to 256), --answers N,
// --late MILLISECONDS, --watch NAME, --seed N, --sequential, --spread, --apart.
#include "load.h"

#include <getopt.h>
#include <signal.h>

static const struct option long_options[] = {
    {"server", 1, 0, 's'},  {"names", 1, 0, 'n'},  {"unique", 1, 0, 'u'},     {"seconds", 1, 0, 't'},
    {"timeout", 1, 0, 'o'}, {"count", 1, 0, 'c'},  {"rate", 1, 0, 'r'},       {"clients", 1, 0, 'k'},
    {"window", 1, 0, 'w'},  {"answers", 1, 0, 'a'}, {"late", 1, 0, 'l'},      {"watch", 1, 0, 'v'},
    {"seed", 1, 0, 'e'},    {"sequential", 0, 0, 'q'}, {"spread", 0, 0, 'p'},
    {"apart", 0, 0, 'x'},   {0, 0, 0, 0}};

static struct options read_options(int count, char **arguments) {
    struct options options = {.seconds = 5, .timeout = 2, .clients = 8, .window = 24, .answers = 1};
    for (int letter; (letter = getopt_long(count, arguments, "", long_options, NULL)) != -1;) {
        switch (letter) {
        case 's': options.server = endpoint(optarg); break;
        case 'n': options.names = optarg; break;
        case 'u': options.unique = optarg; break;
        case 't': options.seconds = atof(optarg); break;
        case 'o': options.timeout = atof(optarg); break;
        case 'c': options.count = atol(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 'k': options.clients = atoi(optarg); break;
        case 'w': options.window = atoi(optarg); break;
        case 'a': options.answers = atoi(optarg); break;
        case 'l': options.late = nanoseconds(atof(optarg) / 1e3); break;
        case 'v': options.watched = optarg; break;
        case 'e': options.seed = (unsigned)atoi(optarg); break;
        case 'q': options.sequential = true; break;
        case 'x': options.apart = true; break;
        case 'p': options.spread = true; break;
        default: exit(2);
        }
    }
    if (options.server.sin_port == 0 || (!options.names && !options.unique) || options.clients < 1 ||
        options.clients > 10000 || options.window < 1 || options.window > 256 ||
        options.seconds <= 0 || options.seconds > 600 || options.timeout > 60) {
        fprintf(stderr, "load: --server, and --names or --unique, are needed; the rest is bounded\n");
        exit(2);
    }
    return options;
}

int main(int count, char **arguments) {
    static struct queries queries;
    static struct tally tally;
    const char *manner = count > 1 ? arguments[1] : "";
    struct options options = read_options(count - 1, arguments + 1);
    signal(SIGPIPE, SIG_IGN);
    // Only loopback is ever loaded.
    if (ntohl(options.server.sin_addr.s_addr) >> 24 != 127) {
        fprintf(stderr, "load: the server is not on loopback\n");
        return 2;
    }
    queries_read(&queries, &options);
    bool answered = true;
    if (strcmp(manner, "saturate") == 0) {
        ask_saturating(&options, &queries, &tally);
    } else if (strcmp(manner, "rate") == 0 && options.rate > 0) {
        ask_at_rate(&options, &queries, &tally);
    } else if (strcmp(manner, "tcp") == 0) {
        ask_over_tcp(&options, &queries, &tally);
    } else if (strcmp(manner, "first") == 0) {
        answered = ask_until_answered(&options, &queries, &tally);
    } else {
        fprintf(stderr, "load: saturate, rate (with --rate), tcp or first\n");
        return 2;
    }
    tally_print(&tally);
    return answered ? 0 : 1;
}
