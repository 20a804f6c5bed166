// Queries at a fixed rate, evenly spaced and whatever comes back, so that a stalling server is seen
// in full: each answer's latency counts from the moment the query was due. And the wait for a
// server's first answer.
#include "load.h"

#include <sys/epoll.h>

enum { IDS = 1 << 16, WATCH_EVERY = 5 };

struct client {
    int socket;
    uint16_t next;
    uint64_t *due;  // by id; 0 where nothing is open
};

static uint32_t watched_address;

// The first address in the answer, or 0.
static uint32_t answer_address(const uint8_t *message, size_t length) {
    size_t at = question_end(message, length);
    for (int left = read16(message + 6); at && left > 0; left--) {
        while (at < length && message[at] != 0 && message[at] < 0xc0) at += 1 + message[at];
        at += at < length && message[at] >= 0xc0 ? 2 : 1;
        if (at + 10 > length) return 0;
        uint16_t type = read16(message + at), size = read16(message + at + 8);
        if (at + 10 + size > length) return 0;
        uint32_t address;
        if (type == 1 && size == 4) return memcpy(&address, message + at + 10, 4), address;
        at += 10 + size;
    }
    return 0;
}

// A watched name's query has an id that is a multiple of `WATCH_EVERY`.
static void watch(const uint8_t *message, size_t length, uint64_t time, struct tally *tally) {
    uint32_t address = answer_address(message, length);
    if (address == 0 || tally->visible) return;
    if (watched_address == 0) watched_address = address;
    if (address != watched_address) tally->visible = time;
}

static void take_answers(struct client *client, const struct options *options, struct tally *tally) {
    uint8_t message[DATAGRAM];
    ssize_t length;
    while ((length = recv(client->socket, message, sizeof message, MSG_DONTWAIT)) >= HEADER) {
        uint64_t time = now();
        uint16_t id = read16(message);
        if (client->due[id] == 0) continue;
        tally_answer(tally, options, message, (size_t)length, time - client->due[id]);
        if (options->watched && id % WATCH_EVERY == 0) watch(message, (size_t)length, time, tally);
        client->due[id] = 0;
        tally->ended = time;
    }
}

static void ask(struct client *client, const struct options *options, struct queries *queries,
                struct queries *watched, struct tally *tally, uint64_t due) {
    uint8_t message[512];
    uint16_t id = client->next++;
    if (client->due[id]) tally->lost++;
    bool watching = options->watched && id % WATCH_EVERY == 0;
    size_t length = queries_next(watching ? watched : queries, message, id);
    client->due[id] = due;
    // A socket that a closed port answered before says so once; the query is sent again then.
    if (send(client->socket, message, length, 0) < 0) send(client->socket, message, length, 0);
    tally->sent++;
}

void ask_at_rate(const struct options *options, struct queries *queries, struct tally *tally) {
    struct client *clients = calloc((size_t)options->clients, sizeof *clients);
    struct queries watched = {.sequential = true};
    if (!clients) die("calloc");
    if (options->watched) queries_ask_for(&watched, options->watched);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < options->clients; i++) {
        clients[i].socket = client_socket(options, i, SOCK_DGRAM);
        clients[i].due = calloc(IDS, sizeof(uint64_t));
        if (!clients[i].due) die("calloc");
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].socket, &event);
    }
    uint64_t start = now(), gap = nanoseconds(1 / options->rate), time = start;
    uint64_t total = (uint64_t)(options->seconds * options->rate), limit = 0;
    if (options->count && total > (uint64_t)options->count) total = (uint64_t)options->count;
    tally->started = tally->ended = start;
    while (tally->sent < total || (tally->answers + tally->lost < tally->sent && time < limit)) {
        while (tally->sent < total && time >= start + tally->sent * gap) {
            struct client *client = &clients[tally->sent % (uint64_t)options->clients];
            ask(client, options, queries, &watched, tally, start + tally->sent * gap);
            limit = time + nanoseconds(options->timeout);
        }
        // Near the next query the wait is busy: a sleep ends tens of microseconds late.
        uint64_t next = tally->sent < total ? start + tally->sent * gap : time + 10000000;
        int patience = next > time + 3000000 ? (int)((next - time) / 1000000 - 1) : 0;
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, patience);
        for (int i = 0; i < ready; i++)
            take_answers(&clients[events[i].data.u32], options, tally);
        time = now();
    }
    tally->lost = tally->sent - tally->answers;
}

bool ask_until_answered(const struct options *options, struct queries *queries, struct tally *tally) {
    int socket = client_socket(options, 0, SOCK_DGRAM);
    uint8_t message[DATAGRAM];
    tally->started = tally->ended = now();
    uint64_t stop = tally->started + nanoseconds(options->seconds);
    while ((tally->ended = now()) < stop) {
        size_t length = queries_next(queries, message, (uint16_t)++tally->sent);
        send(socket, message, length, 0);
        nanosleep(&(struct timespec){0, 1000000}, NULL);
        ssize_t got;
        while ((got = recv(socket, message, sizeof message, MSG_DONTWAIT)) >= HEADER) {
            uint64_t wrong = tally->wrong;
            tally->visible = now();
            tally_answer(tally, options, message, (size_t)got, 0);
            if (tally->wrong == wrong) return true;
        }
    }
    return false;
}
