/* Linux calls, macros and constants that Swift cannot import by itself; no logic. */
#ifndef CLINUX_H
#define CLINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* The kernel's struct mmsghdr, which is hidden behind _GNU_SOURCE. */
struct clinux_message {
    struct msghdr header;
    unsigned int length;
};

/* Both without waiting, and without what the C library does for threads that others may cancel. */
static inline int clinux_recvmmsg(
    int descriptor, struct clinux_message *messages, unsigned int count, int flags) {
    return (int)syscall(SYS_recvmmsg, descriptor, messages, count, flags, NULL);
}

static inline int clinux_sendmmsg(
    int descriptor, struct clinux_message *messages, unsigned int count, int flags) {
    return (int)syscall(SYS_sendmmsg, descriptor, messages, count, flags);
}

int clinux_accept4(int descriptor, struct sockaddr *address, socklen_t *length);

/* Room that one packet-information control message takes, of either family. */
#define CLINUX_CONTROL_CAPACITY 64

/* The local address and interface of a datagram: 4 or 16 octets in network order. */
struct clinux_packet_info {
    uint8_t address[16];
    uint32_t interface;
    uint32_t address_length; /* 4, 16, or 0 when the message carries none */
};

/* Writes one control message and returns its length, to be used as msg_controllen. */
size_t clinux_write_packet_info(void *control, struct clinux_packet_info info);

/* A timer of CLOCK_BOOTTIME. Draining returns how often it has expired. */
int clinux_timerfd(void);
void clinux_timerfd_set(int descriptor, uint64_t nanoseconds);
uint64_t clinux_timerfd_drain(int descriptor);

int clinux_eventfd(void);
void clinux_eventfd_signal(int descriptor);
void clinux_eventfd_drain(int descriptor);
int clinux_set_thread_name(const char *name);
ssize_t clinux_getrandom(void *bytes, size_t count);

enum {
    CLINUX_SO_RCVBUFFORCE = 33,
    CLINUX_SO_MEMINFO = 55,
    CLINUX_SO_SNDBUFFORCE = 32,
    CLINUX_IP_PKTINFO = 8,
    CLINUX_IP_MTU_DISCOVER = 10,
    CLINUX_IP_BIND_ADDRESS_NO_PORT = 24,
    CLINUX_IPV6_MTU_DISCOVER = 23,
    CLINUX_IPV6_RECVPKTINFO = 49,
    CLINUX_IPV6_PKTINFO = 50,
    CLINUX_PMTUDISC_OMIT = 5, /* the same for both families */
    CLINUX_TCP_USER_TIMEOUT = 18,
};

#endif
