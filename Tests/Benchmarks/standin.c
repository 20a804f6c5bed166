// The upstream server of the benchmarks: gives an address for any name, as fast as one thread can,
// or fails in a chosen way. Over TCP it always answers, with a thread for each connection, for
// forwarders that keep to the transport. A query for another type than A gets NODATA without a SOA.
//
//   standin ADDRESS:PORT              answers; after SIGUSR1 it is silent
//   standin ADDRESS:PORT silent       reads and never answers
//   standin ADDRESS:PORT refused      answers REFUSED
#include "wire.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

static const uint8_t record[] = {0xc0, HEADER, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 192, 0, 2, 1};
static const uint8_t option[] = {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0};

static volatile sig_atomic_t silent;
static void fall_silent(int number) {
    (void)number;
    silent = 1;
}

static size_t answer(uint8_t *message, size_t length, int rcode) {
    size_t end = question_end(message, length);
    if (end == 0 || message[2] & 0x80) return 0;
    int with_option = message[11] != 0;
    int with_address = rcode == 0 && read16(message + end - 4) == 1;
    message[2] = 0x80 | (message[2] & 0x79);
    message[3] = (uint8_t)(0x80 | (message[3] & 0x10) | rcode);
    memset(message + 6, 0, 6);
    message[7] = (uint8_t)with_address;
    message[11] = (uint8_t)with_option;
    if (with_address) memcpy(message + end, record, sizeof record), end += sizeof record;
    if (with_option) memcpy(message + end, option, sizeof option), end += sizeof option;
    return end;
}

static int read_whole(int descriptor, uint8_t *octets, size_t length) {
    for (size_t have = 0; have < length;) {
        ssize_t got = read(descriptor, octets + have, length - have);
        if (got <= 0) return 0;
        have += (size_t)got;
    }
    return 1;
}

static void *serve_connection(void *argument) {
    int descriptor = (int)(intptr_t)argument;
    uint8_t frame[2 + DATAGRAM];
    while (read_whole(descriptor, frame, 2)) {
        size_t length = read16(frame);
        if (length > DATAGRAM - 64 || !read_whole(descriptor, frame + 2, length)) break;
        length = answer(frame + 2, length, 0);
        write16(frame, (uint16_t)length);
        if (write(descriptor, frame, 2 + length) < 0) break;
    }
    close(descriptor);
    return NULL;
}

_Noreturn static void *serve_connections(void *argument) {
    for (;;) {
        int descriptor = accept((int)(intptr_t)argument, NULL, NULL);
        pthread_t thread;
        if (descriptor < 0) continue;
        if (pthread_create(&thread, NULL, serve_connection, (void *)(intptr_t)descriptor) == 0)
            pthread_detach(thread);
        else
            close(descriptor);
    }
}

static void listen_for_connections(const struct sockaddr_in *address) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    pthread_t thread;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (const struct sockaddr *)address, sizeof *address) < 0) die("bind");
    if (listen(listener, 128) < 0) die("listen");
    if (pthread_create(&thread, NULL, serve_connections, (void *)(intptr_t)listener) != 0)
        die("pthread_create");
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: standin ADDRESS:PORT [silent|refused]\n");
        return 2;
    }
    struct sockaddr_in address = endpoint(arguments[1]);
    const char *manner = count > 2 ? arguments[2] : "";
    int rcode = strcmp(manner, "refused") == 0 ? 5 : 0;
    silent = strcmp(manner, "silent") == 0;
    signal(SIGUSR1, fall_silent);
    signal(SIGPIPE, SIG_IGN);
    if (rcode == 0 && !silent) listen_for_connections(&address);
    static struct batch batch;
    batch_prepare(&batch, 1);
    int descriptor = udp_socket(&address);
    struct pollfd readable = {descriptor, POLLIN, 0};
    for (;;) {
        if (poll(&readable, 1, -1) <= 0) continue;
        int got = batch_receive(&batch, descriptor), ready = 0;
        for (int i = 0; i < got; i++) {
            size_t length = silent ? 0 : answer(batch.octets[i], batch.messages[i].msg_len, rcode);
            batch.parts[i].iov_len = length;
            if (length > 0) ready++;
        }
        if (ready == 0) continue;
        for (int sent = 0; sent < got;) {
            int step = sendmmsg(descriptor, batch.messages + sent, (unsigned)(got - sent), 0);
            sent += step > 0 ? step : 1;
        }
    }
}
