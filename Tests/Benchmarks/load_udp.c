// Saturation over UDP: each socket keeps a window of queries open, filled and emptied in batches.
#include "load.h"

#include <errno.h>
#include <sys/epoll.h>

// A query's id is its place in the window and the number of times that the place was used, so that
// the answer to a query given up as lost is not taken for its successor's.
struct client {
    int socket, open;
    uint8_t uses[256], free[256];
    uint64_t sent[256];  // 0 where the place is free
};

int client_socket(const struct options *options, int number, int type) {
    int descriptor = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
    if (descriptor < 0) die("socket");
    if (options->spread) {
        struct sockaddr_in own = {.sin_family = AF_INET};
        own.sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)number);
        if (bind(descriptor, (struct sockaddr *)&own, sizeof own) < 0) die("bind");
    }
    if (type == SOCK_STREAM) setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(descriptor, (const struct sockaddr *)&options->server, sizeof options->server) < 0 &&
        errno != EINPROGRESS)
        die("connect");
    return descriptor;
}

static struct batch in, out;

static void client_take_answers(struct client *client, const struct options *options,
                                struct tally *tally) {
    int count;
    do {
        count = batch_receive(&in, client->socket);
        uint64_t time = now();
        for (int i = 0; i < count; i++) {
            uint16_t id = read16(in.octets[i]);
            uint8_t place = (uint8_t)id;
            if (client->sent[place] == 0 || client->uses[place] != id >> 8) continue;
            tally_answer(tally, options, in.octets[i], in.messages[i].msg_len,
                         time - client->sent[place]);
            client->sent[place] = 0;
            client->free[--client->open] = place;
            tally->ended = time;
        }
    } while (count == BATCH);
}

static void client_fill_window(struct client *client, const struct options *options,
                               struct queries *queries, struct tally *tally) {
    int room = options->window - client->open;
    if (options->count && room > options->count - (long)tally->sent)
        room = (int)(options->count - (long)tally->sent);
    if (room > BATCH) room = BATCH;
    if (room <= 0) return;
    uint64_t time = now();
    for (int i = 0; i < room; i++) {
        uint8_t place = client->free[client->open++];
        client->sent[place] = time;
        uint16_t id = (uint16_t)(++client->uses[place] << 8 | place);
        out.parts[i].iov_len = queries_next(queries, out.octets[i], id);
    }
    int sent = sendmmsg(client->socket, out.messages, (unsigned)room, 0);
    if (sent < 0) sent = 0;  // refused, or no room: the rest is asked again with new ids
    for (int i = room; i > sent; i--) client->sent[client->free[--client->open]] = 0;
    tally->sent += (uint64_t)sent;
}

static uint64_t give_up(struct client *clients, const struct options *options, struct tally *tally) {
    uint64_t open = 0, time = now();
    for (int i = 0; i < options->clients; i++) {
        for (int place = 0; place < options->window; place++) {
            if (clients[i].sent[place] == 0) continue;
            if (time - clients[i].sent[place] < nanoseconds(options->timeout)) {
                open++;
                continue;
            }
            clients[i].sent[place] = 0;
            clients[i].free[--clients[i].open] = (uint8_t)place;
            tally->lost++;
        }
    }
    return open;
}

void ask_saturating(const struct options *options, struct queries *queries, struct tally *tally) {
    struct client *clients = calloc((size_t)options->clients, sizeof *clients);
    struct epoll_event *events = calloc((size_t)options->clients, sizeof *events);
    if (!clients || !events) die("calloc");
    batch_prepare(&in, 0);
    batch_prepare(&out, 0);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < options->clients; i++) {
        clients[i].socket = client_socket(options, i, SOCK_DGRAM);
        for (int place = 0; place < 256; place++) clients[i].free[place] = (uint8_t)place;
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].socket, &event);
    }
    tally->started = tally->ended = now();
    uint64_t stop = tally->started + nanoseconds(options->seconds), look = tally->started;
    for (int i = 0; i < options->clients; i++)
        client_fill_window(&clients[i], options, queries, tally);
    for (;;) {
        int ready = epoll_wait(poll, events, options->clients, 10);
        uint64_t time = now();
        bool sending = time < stop && !(options->count && (long)tally->sent >= options->count);
        for (int i = 0; i < ready; i++) {
            struct client *client = &clients[events[i].data.u32];
            client_take_answers(client, options, tally);
            if (sending) client_fill_window(client, options, queries, tally);
        }
        if (time < look && (sending || tally->sent > tally->answers + tally->lost)) continue;
        look = time + 20000000;
        uint64_t open = give_up(clients, options, tally);
        if (!sending && open == 0) break;
        for (int i = 0; sending && i < options->clients; i++)
            if (clients[i].open == 0) client_fill_window(&clients[i], options, queries, tally);
    }
}
