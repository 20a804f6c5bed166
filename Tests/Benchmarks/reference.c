// What an answer costs at the least: a server on libevent with recvmmsg and sendmmsg that looks at
// no name. It always gives the same two records, over UDP and TCP, or forwards over UDP. It is the
// yardstick of scripts/bench and nothing else: no access control, no limits, no checks beyond the
// question's length.
//
//   reference answer ADDRESS:PORT
//   reference forward ADDRESS:PORT UPSTREAM:PORT         one socket to the upstream, consecutive ids
//   reference forward-fresh ADDRESS:PORT UPSTREAM:PORT   a new socket on a random port for each query
#include "wire.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>

// The owner is the question's name, the alias has one label below it, and the address is the alias's.
static const uint8_t records[] = {
    0xc0, HEADER, 0, 5, 0, 1, 0, 0, 7, 8, 0, 14, 11, 'p', 'r', 'i', 'v', 'a', 't', 'e', 'l', 'i', 'n',
    'k', 0xc0, HEADER, 0xc0, 0, 0, 1, 0, 1, 0, 0, 0, 10, 0, 4, 10, 0, 0, 7};

static struct event_base *base;
static struct batch clients, upstreams;

// Writes the answer over the query and returns its length, or 0 for what is no query.
static size_t answer(uint8_t *message, size_t length) {
    size_t end = question_end(message, length);
    if (end == 0 || message[2] & 0x80) return 0;
    message[2] = 0x80 | (message[2] & 0x79);
    message[3] = 0x80;
    memset(message + 6, 0, 6);
    message[7] = 2;
    memcpy(message + end, records, sizeof records);
    write16(message + end + 26, (uint16_t)(0xc000 | (end + 12)));
    return end + sizeof records;
}

static void answer_datagrams(int descriptor, short what, void *unused) {
    (void)what, (void)unused;
    int count = batch_receive(&clients, descriptor);
    for (int i = 0; i < count; i++)
        clients.parts[i].iov_len = answer(clients.octets[i], clients.messages[i].msg_len);
    for (int sent = 0; sent < count;) {
        int step = sendmmsg(descriptor, clients.messages + sent, (unsigned)(count - sent), 0);
        sent += step > 0 ? step : 1;
    }
}

enum { ROOM = 1 << 16 };
struct connection {
    struct event *readable, *writable;
    size_t in_length, out_length;
    uint8_t in[ROOM], out[2 * ROOM];
};

static void connection_close(struct connection *connection) {
    close(event_get_fd(connection->readable));
    event_free(connection->readable);
    event_free(connection->writable);
    free(connection);
}

// Answers every whole query that has arrived and for which there is room.
static void connection_answer(struct connection *connection) {
    size_t at = 0;
    while (connection->in_length - at >= 2) {
        size_t length = read16(connection->in + at);
        if (connection->in_length - at < 2 + length) break;
        if (length + sizeof records + 2 > sizeof connection->out - connection->out_length) break;
        uint8_t *reply = connection->out + connection->out_length;
        memcpy(reply + 2, connection->in + at + 2, length);
        size_t reply_length = answer(reply + 2, length);
        write16(reply, (uint16_t)reply_length);
        if (reply_length) connection->out_length += 2 + reply_length;
        at += 2 + length;
    }
    connection->in_length -= at;
    memmove(connection->in, connection->in + at, connection->in_length);
}

static void connection_turn(int descriptor, short what, void *argument) {
    struct connection *connection = argument;
    if (what & EV_READ && connection->in_length < ROOM) {
        size_t length = connection->in_length;
        ssize_t got = read(descriptor, connection->in + length, ROOM - length);
        if (got == 0 || (got < 0 && errno != EAGAIN)) return connection_close(connection);
        if (got > 0) connection->in_length += (size_t)got;
    }
    connection_answer(connection);
    if (connection->out_length == 0) return;
    ssize_t put = write(descriptor, connection->out, connection->out_length);
    if (put < 0 && errno != EAGAIN) return connection_close(connection);
    if (put > 0) {
        connection->out_length -= (size_t)put;
        memmove(connection->out, connection->out + put, connection->out_length);
    }
    if (connection->out_length > 0) {
        event_del(connection->readable);
        event_add(connection->writable, NULL);
    } else if (what & EV_WRITE) {
        event_add(connection->readable, NULL);
    }
}

static void accept_connection(int listener, short what, void *unused) {
    (void)what, (void)unused;
    int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), yes = 1;
    if (descriptor < 0) return;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection) die("calloc");
    connection->readable =
        event_new(base, descriptor, EV_READ | EV_PERSIST, connection_turn, connection);
    connection->writable = event_new(base, descriptor, EV_WRITE, connection_turn, connection);
    event_add(connection->readable, NULL);
}

// The forwarder: a query is known upstream by the place in this table, which remembers its asker.
static struct waiting {
    struct sockaddr_in client;
    struct event *reply;
    uint16_t id;
} waiting[1 << 16];
static uint16_t next_place;
static int client_socket, upstream_socket;
static struct sockaddr_in upstream;
static int fresh;

static void relay_replies(int descriptor, short what, void *unused) {
    (void)what, (void)unused;
    int count = batch_receive(&upstreams, descriptor), ready = 0;
    for (int i = 0; i < count; i++) {
        if (upstreams.messages[i].msg_len < HEADER) continue;
        uint16_t place = read16(upstreams.octets[i]);
        write16(upstreams.octets[i], waiting[place].id);
        clients.parts[ready] = (struct iovec){upstreams.octets[i], upstreams.messages[i].msg_len};
        clients.addresses[ready] = waiting[place].client;
        clients.messages[ready++].msg_hdr.msg_namelen = sizeof(struct sockaddr_in);
        if (fresh && waiting[place].reply) {
            event_free(waiting[place].reply);
            waiting[place].reply = NULL;
        }
    }
    if (ready > 0) sendmmsg(client_socket, clients.messages, (unsigned)ready, 0);
    clients.used = BATCH;
    for (int i = 0; i < ready; i++) clients.parts[i].iov_base = clients.octets[i];
    if (fresh) close(descriptor);
}

static void forward_fresh(uint16_t place, const uint8_t *query, size_t length) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return;
    if (connect(descriptor, (struct sockaddr *)&upstream, sizeof upstream) < 0 ||
        send(descriptor, query, length, 0) < 0) {
        close(descriptor);
        return;
    }
    if (waiting[place].reply) {  // a query that was never answered, 65 536 queries ago
        close(event_get_fd(waiting[place].reply));
        event_free(waiting[place].reply);
    }
    waiting[place].reply = event_new(base, descriptor, EV_READ, relay_replies, NULL);
    event_add(waiting[place].reply, NULL);
}

static void forward_queries(int descriptor, short what, void *unused) {
    (void)what, (void)unused;
    int count = batch_receive(&clients, descriptor);
    for (int i = 0; i < count; i++) {
        if (clients.messages[i].msg_len < HEADER) continue;
        uint16_t place = next_place++;
        waiting[place].client = clients.addresses[i];
        waiting[place].id = read16(clients.octets[i]);
        write16(clients.octets[i], place);
        clients.parts[i].iov_len = clients.messages[i].msg_len;
        clients.messages[i].msg_hdr.msg_namelen = 0;
        clients.messages[i].msg_hdr.msg_name = NULL;
        if (fresh) forward_fresh(place, clients.octets[i], clients.messages[i].msg_len);
    }
    if (count > 0 && !fresh) sendmmsg(upstream_socket, clients.messages, (unsigned)count, 0);
    for (int i = 0; i < count; i++) clients.messages[i].msg_hdr.msg_name = &clients.addresses[i];
}

static void watch(int descriptor, event_callback_fn callback) {
    event_add(event_new(base, descriptor, EV_READ | EV_PERSIST, callback, NULL), NULL);
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: reference answer|forward|forward-fresh ADDRESS:PORT [UPSTREAM:PORT]\n");
        return 2;
    }
    struct event_config *config = event_config_new();
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    base = event_base_new_with_config(config);
    struct sockaddr_in address = endpoint(arguments[2]);
    batch_prepare(&clients, 1);
    client_socket = udp_socket(&address);
    if (strcmp(arguments[1], "answer") == 0) {
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
        if (listen(listener, 128) < 0) die("listen");
        signal(SIGPIPE, SIG_IGN);
        watch(client_socket, answer_datagrams);
        watch(listener, accept_connection);
    } else if (count > 3) {
        fresh = strcmp(arguments[1], "forward-fresh") == 0;
        upstream = endpoint(arguments[3]);
        batch_prepare(&upstreams, 0);
        upstream_socket = udp_socket(NULL);
        if (connect(upstream_socket, (struct sockaddr *)&upstream, sizeof upstream) < 0) die("connect");
        watch(client_socket, forward_queries);
        if (!fresh) watch(upstream_socket, relay_replies);
    }
    return event_base_dispatch(base);
}
