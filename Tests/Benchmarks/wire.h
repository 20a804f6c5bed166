// The few octets of DNS that the benchmark programs share: where a question ends, and the shape of
// a batch of datagrams. Written for well-formed queries on loopback; it is no parser for hostile
// input.
#ifndef BENCHMARK_WIRE_H
#define BENCHMARK_WIRE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, DATAGRAM = 1500, HEADER = 12 };

// Datagrams that one recvmmsg fills and one sendmmsg empties, each with its own room and address;
// the first `used` have lengths of the last turn.
struct batch {
    int used;
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in addresses[BATCH];
    uint8_t octets[BATCH][DATAGRAM];
};

static inline void batch_prepare(struct batch *batch, int with_address) {
    memset(batch->messages, 0, sizeof batch->messages);
    for (int i = 0; i < BATCH; i++) {
        batch->parts[i] = (struct iovec){batch->octets[i], DATAGRAM};
        batch->messages[i].msg_hdr.msg_iov = &batch->parts[i];
        batch->messages[i].msg_hdr.msg_iovlen = 1;
        if (with_address) batch->messages[i].msg_hdr.msg_name = &batch->addresses[i];
        batch->messages[i].msg_hdr.msg_namelen = with_address ? sizeof(struct sockaddr_in) : 0;
    }
}

static inline int batch_receive(struct batch *batch, int descriptor) {
    for (int i = 0; i < batch->used; i++) {
        batch->parts[i].iov_len = DATAGRAM;
        if (batch->messages[i].msg_hdr.msg_name)
            batch->messages[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_in);
    }
    int count = recvmmsg(descriptor, batch->messages, BATCH, MSG_DONTWAIT, NULL);
    batch->used = count > 0 ? count : 0;
    return count;
}

// The position after the question's QCLASS, or 0 where there is no whole question.
static inline size_t question_end(const uint8_t *message, size_t length) {
    size_t at = HEADER;
    if (length < HEADER || message[4] != 0 || message[5] != 1) return 0;
    while (at < length && message[at] != 0) {
        if (message[at] > 63) return 0;
        at += 1 + message[at];
    }
    return at + 5 <= length ? at + 5 : 0;
}

static inline uint16_t read16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static inline void write16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

// ADDRESS:PORT of IPv4, or an end with a message.
static inline struct sockaddr_in endpoint(const char *text) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[64];
    const char *colon = strrchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof host) {
        fprintf(stderr, "%s: not ADDRESS:PORT\n", text);
        exit(2);
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    address.sin_port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", host);
        exit(2);
    }
    return address;
}

static inline void die(const char *what) {
    perror(what);
    exit(1);
}

static inline int udp_socket(const struct sockaddr_in *bound) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), room = 4 << 20;
    if (descriptor < 0) die("socket");
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    if (bound && bind(descriptor, (const struct sockaddr *)bound, sizeof *bound) < 0) die("bind");
    return descriptor;
}

#endif
