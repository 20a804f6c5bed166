// Saturation over TCP: connections that are kept, each with a window of pipelined queries.
#include "load.h"

#include <errno.h>
#include <sys/epoll.h>

enum { ROOM = 1 << 16 };
struct stream {
    int socket, open;
    size_t in_length, out_length;
    uint16_t next;
    uint64_t sent[1 << 16];  // by id; 0 where nothing is open
    uint8_t in[2 * ROOM], out[ROOM];
};

// True where the connection still stands.
static bool stream_read(struct stream *stream, const struct options *options, struct tally *tally) {
    ssize_t got = read(stream->socket, stream->in + stream->in_length, ROOM);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return false;
    if (got < 0) return true;
    stream->in_length += (size_t)got;
    uint64_t time = now();
    size_t at = 0;
    while (stream->in_length - at >= 2) {
        size_t length = read16(stream->in + at);
        if (stream->in_length - at < 2 + length) break;
        uint16_t id = length >= HEADER ? read16(stream->in + at + 2) : 0;
        if (length >= HEADER && stream->sent[id]) {
            tally_answer(tally, options, stream->in + at + 2, length, time - stream->sent[id]);
            stream->sent[id] = 0;
            stream->open--;
            tally->ended = time;
        }
        at += 2 + length;
    }
    stream->in_length -= at;
    memmove(stream->in, stream->in + at, stream->in_length);
    return true;
}

static void stream_write(struct stream *stream, const struct options *options,
                         struct queries *queries, struct tally *tally) {
    uint64_t time = now();
    while (stream->open < options->window && ROOM - stream->out_length > 512 &&
           !(options->count && (long)tally->sent >= options->count)) {
        uint16_t id = stream->next++;
        uint8_t *frame = stream->out + stream->out_length;
        size_t length = queries_next(queries, frame + 2, id);
        write16(frame, (uint16_t)length);
        stream->out_length += 2 + length;
        stream->sent[id] = time;
        stream->open++;
        tally->sent++;
    }
}

// Writes all at once, or each query by itself, as most clients do.
static void stream_flush(struct stream *stream, const struct options *options) {
    size_t done = 0;
    while (done < stream->out_length) {
        size_t step = stream->out_length - done;
        size_t frame = 2 + (size_t)read16(stream->out + done);
        if (options->apart && frame < step) step = frame;
        ssize_t put = write(stream->socket, stream->out + done, step);
        if (put > 0) done += (size_t)put;
        if (put < (ssize_t)step) break;
    }
    stream->out_length -= done;
    memmove(stream->out, stream->out + done, stream->out_length);
}

void ask_over_tcp(const struct options *options, struct queries *queries, struct tally *tally) {
    struct stream *streams = calloc((size_t)options->clients, sizeof *streams);
    struct epoll_event *events = calloc((size_t)options->clients, sizeof *events);
    if (!streams || !events) die("calloc");
    int poll = epoll_create1(EPOLL_CLOEXEC), standing = options->clients;
    for (int i = 0; i < options->clients; i++) {
        streams[i].socket = client_socket(options, i, SOCK_STREAM);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        epoll_ctl(poll, EPOLL_CTL_ADD, streams[i].socket, &event);
        stream_write(&streams[i], options, queries, tally);
    }
    tally->started = tally->ended = now();
    uint64_t stop = tally->started + nanoseconds(options->seconds);
    uint64_t end = stop + nanoseconds(options->timeout);
    for (uint64_t time = tally->started; time < end && standing > 0; time = now()) {
        bool sending = time < stop && !(options->count && (long)tally->sent >= options->count);
        if (!sending && tally->answers == tally->sent) break;
        // What did not fit in the socket at once is tried with each turn.
        for (int i = 0; i < options->clients; i++) stream_flush(&streams[i], options);
        int ready = epoll_wait(poll, events, options->clients, 5);
        for (int i = 0; i < ready; i++) {
            struct stream *stream = &streams[events[i].data.u32];
            if (!stream_read(stream, options, tally)) {
                epoll_ctl(poll, EPOLL_CTL_DEL, stream->socket, NULL);
                stream->out_length = 0;
                standing--;
                continue;
            }
            if (sending) stream_write(stream, options, queries, tally);
        }
    }
    tally->lost = tally->sent - tally->answers;
}
