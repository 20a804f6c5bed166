// Queries made before the run, so that asking costs the generator a copy and two octets.
#include "load.h"

#include <ctype.h>

static size_t encode(const char *name, uint16_t type, uint8_t *message) {
    static const uint8_t header[HEADER] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    memcpy(message, header, HEADER);
    size_t at = HEADER;
    for (const char *label = name; *label && *label != '.';) {
        size_t length = strcspn(label, ".");
        if (length > 63 || at + length > 250) {
            fprintf(stderr, "%s: no domain name\n", name);
            exit(2);
        }
        message[at++] = (uint8_t)length;
        memcpy(message + at, label, length);
        at += length;
        label += length + (label[length] == '.');
    }
    message[at] = 0;
    write16(message + at + 1, type);
    write16(message + at + 3, 1);
    return at + 5;
}

static void append(struct queries *queries, const uint8_t *message, size_t length) {
    if (queries->count + 2 > queries->room) {
        queries->room = queries->room ? queries->room * 2 : 1024;
        queries->starts = realloc(queries->starts, queries->room * sizeof *queries->starts);
        if (!queries->starts) die("realloc");
        if (queries->count == 0) queries->starts[0] = 0;
    }
    size_t start = queries->starts[queries->count];
    if (start + length > queries->octets_room) {
        queries->octets_room = queries->octets_room ? queries->octets_room * 2 : 1 << 16;
        queries->octets = realloc(queries->octets, queries->octets_room);
        if (!queries->octets) die("realloc");
    }
    memcpy(queries->octets + start, message, length);
    queries->starts[++queries->count] = (uint32_t)(start + length);
}

static uint16_t type_number(const char *text) {
    if (isdigit((unsigned char)*text)) return (uint16_t)atoi(text);
    return strcmp(text, "AAAA") == 0 ? 28 : 1;
}

// A file of lines `NAME [A|AAAA|number]`, or names that were never asked before below a suffix.
void queries_read(struct queries *queries, const struct options *options) {
    uint8_t message[512];
    queries->sequential = options->sequential;
    queries->random = 0x9e3779b97f4a7c15u ^ ((uint64_t)options->seed << 20);
    queries->suffix = options->unique;
    queries->unique = (uint64_t)time(NULL) << 32 | (uint64_t)getpid() << 24;
    if (options->unique) return;
    FILE *file = options->names ? fopen(options->names, "r") : NULL;
    if (!file) die("--names");
    char line[512], name[300], type[16];
    while (fgets(line, sizeof line, file)) {
        int fields = sscanf(line, "%299s %15s", name, type);
        if (fields < 1) continue;
        append(queries, message, encode(name, fields > 1 ? type_number(type) : 1, message));
    }
    fclose(file);
    if (queries->count == 0) {
        fprintf(stderr, "%s: no names\n", options->names);
        exit(2);
    }
}

void queries_ask_for(struct queries *queries, const char *name) {
    uint8_t message[512];
    append(queries, message, encode(name, 1, message));
}

size_t queries_next(struct queries *queries, uint8_t *message, uint16_t id) {
    size_t length;
    if (queries->suffix) {
        char name[300];
        snprintf(name, sizeof name, "u%016llx.%s", (unsigned long long)queries->unique++,
                 queries->suffix);
        length = encode(name, 1, message);
    } else {
        size_t place;
        if (queries->sequential) {
            place = queries->next++ % queries->count;
        } else {
            queries->random ^= queries->random << 13;
            queries->random ^= queries->random >> 7;
            queries->random ^= queries->random << 17;
            place = (size_t)(((unsigned __int128)queries->random * queries->count) >> 64);
        }
        length = queries->starts[place + 1] - queries->starts[place];
        memcpy(message, queries->octets + queries->starts[place], length);
    }
    write16(message, id);
    return length;
}
