#define _GNU_SOURCE
#include "CLinux.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

_Static_assert(sizeof(struct clinux_message) == sizeof(struct mmsghdr), "struct mmsghdr");
_Static_assert(offsetof(struct clinux_message, length) == offsetof(struct mmsghdr, msg_len), "msg_len");
_Static_assert(CLINUX_SO_RCVBUFFORCE == SO_RCVBUFFORCE, "SO_RCVBUFFORCE");
_Static_assert(CLINUX_SO_MEMINFO == SO_MEMINFO, "SO_MEMINFO");
_Static_assert(CLINUX_SO_SNDBUFFORCE == SO_SNDBUFFORCE, "SO_SNDBUFFORCE");
_Static_assert(CLINUX_IP_PKTINFO == IP_PKTINFO, "IP_PKTINFO");
_Static_assert(CLINUX_IP_MTU_DISCOVER == IP_MTU_DISCOVER, "IP_MTU_DISCOVER");
_Static_assert(CLINUX_IP_BIND_ADDRESS_NO_PORT == IP_BIND_ADDRESS_NO_PORT, "BIND_ADDRESS_NO_PORT");
_Static_assert(CLINUX_IPV6_MTU_DISCOVER == IPV6_MTU_DISCOVER, "IPV6_MTU_DISCOVER");
_Static_assert(CLINUX_IPV6_PKTINFO == IPV6_PKTINFO, "IPV6_PKTINFO");
_Static_assert(offsetof(struct cmsghdr, cmsg_level) == 8 && offsetof(struct cmsghdr, cmsg_type) == 12, "cmsghdr");
_Static_assert(offsetof(struct in_pktinfo, ipi_spec_dst) == 4 && sizeof(struct in_pktinfo) == 12, "in_pktinfo");
_Static_assert(offsetof(struct in6_pktinfo, ipi6_ifindex) == 16 && sizeof(struct in6_pktinfo) == 20, "in6_pktinfo");
_Static_assert(CMSG_LEN(0) == 16, "cmsghdr");
_Static_assert(CLINUX_IPV6_RECVPKTINFO == IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO");
_Static_assert(CLINUX_PMTUDISC_OMIT == IP_PMTUDISC_OMIT, "IP_PMTUDISC_OMIT");
_Static_assert(CLINUX_PMTUDISC_OMIT == IPV6_PMTUDISC_OMIT, "IPV6_PMTUDISC_OMIT");
_Static_assert(CLINUX_TCP_USER_TIMEOUT == TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT");
_Static_assert(CMSG_SPACE(sizeof(struct in6_pktinfo)) <= CLINUX_CONTROL_CAPACITY, "control room");

int clinux_accept4(int descriptor, struct sockaddr *address, socklen_t *length) {
    return accept4(descriptor, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

size_t clinux_write_packet_info(void *control, struct clinux_packet_info info) {
    struct cmsghdr *part = control;
    if (info.address_length == 4) {
        struct in_pktinfo kernel = {.ipi_ifindex = (int)info.interface};
        memcpy(&kernel.ipi_spec_dst, info.address, 4);
        part->cmsg_level = IPPROTO_IP;
        part->cmsg_type = IP_PKTINFO;
        part->cmsg_len = CMSG_LEN(sizeof kernel);
        memcpy(CMSG_DATA(part), &kernel, sizeof kernel);
        return CMSG_SPACE(sizeof kernel);
    }
    struct in6_pktinfo kernel = {.ipi6_ifindex = info.interface};
    memcpy(&kernel.ipi6_addr, info.address, 16);
    part->cmsg_level = IPPROTO_IPV6;
    part->cmsg_type = IPV6_PKTINFO;
    part->cmsg_len = CMSG_LEN(sizeof kernel);
    memcpy(CMSG_DATA(part), &kernel, sizeof kernel);
    return CMSG_SPACE(sizeof kernel);
}

int clinux_timerfd(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC); }

void clinux_timerfd_set(int descriptor, uint64_t nanoseconds) {
    struct itimerspec time = {0};
    uint64_t seconds = nanoseconds / 1000000000;
    time.it_value.tv_sec = seconds > INT32_MAX ? INT32_MAX : (time_t)seconds;
    time.it_value.tv_nsec = (long)(nanoseconds % 1000000000);
    (void)timerfd_settime(descriptor, 0, &time, NULL);
}

uint64_t clinux_timerfd_drain(int descriptor) {
    uint64_t count;
    return read(descriptor, &count, sizeof count) == sizeof count ? count : 0;
}

int clinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void clinux_eventfd_signal(int descriptor) { (void)eventfd_write(descriptor, 1); }

void clinux_eventfd_drain(int descriptor) {
    eventfd_t value;
    (void)eventfd_read(descriptor, &value);
}

int clinux_set_thread_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

ssize_t clinux_getrandom(void *bytes, size_t count) { return getrandom(bytes, count, 0); }
