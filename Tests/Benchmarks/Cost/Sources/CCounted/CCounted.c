// Functions of the C library and of Swift's runtime, each in front of the real one: the dynamic linker takes the
// program's own first. Counts are of one thread's work, which is all that the program has.
#define _GNU_SOURCE
#include "CCounted.h"

#include <dlfcn.h>
#include <stddef.h>

static struct ccounted counted;

struct ccounted ccounted_now(void) { return counted; }

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void *malloc(size_t size) {
    counted.allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    counted.allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    counted.allocations++;
    return __libc_realloc(old, size);
}

int posix_memalign(void **made, size_t alignment, size_t size) {
    counted.allocations++;
    *made = __libc_memalign(alignment, size);
    return *made ? 0 : 12;
}

void *aligned_alloc(size_t alignment, size_t size) {
    counted.allocations++;
    return __libc_memalign(alignment, size);
}

void free(void *old) {
    if (old) counted.frees++;
    __libc_free(old);
}

static void *real(void **kept, const char *name) {
    if (!*kept) *kept = dlsym(RTLD_NEXT, name);
    return *kept;
}

#define COUNT_ONE(name, counter)                                       \
    void *name(void *object) {                                         \
        static void *kept;                                             \
        counted.counter++;                                             \
        return ((void *(*)(void *))real(&kept, #name))(object);        \
    }
#define COUNT_MANY(name, counter)                                      \
    void *name(void *object, uint32_t count) {                         \
        static void *kept;                                             \
        counted.counter += count;                                      \
        return ((void *(*)(void *, uint32_t))real(&kept, #name))(object, count); \
    }

COUNT_ONE(swift_retain, retains)
COUNT_ONE(swift_nonatomic_retain, retains)
COUNT_ONE(swift_bridgeObjectRetain, retains)
COUNT_ONE(swift_unknownObjectRetain, retains)
COUNT_ONE(swift_unownedRetain, retains)
COUNT_ONE(swift_unownedRetainStrong, retains)
COUNT_ONE(swift_tryRetain, retains)
COUNT_MANY(swift_retain_n, retains)
COUNT_MANY(swift_bridgeObjectRetain_n, retains)
COUNT_ONE(swift_release, releases)
COUNT_ONE(swift_nonatomic_release, releases)
COUNT_ONE(swift_bridgeObjectRelease, releases)
COUNT_ONE(swift_unknownObjectRelease, releases)
COUNT_ONE(swift_unownedRelease, releases)
COUNT_ONE(swift_unownedRetainStrongAndRelease, releases)
COUNT_MANY(swift_release_n, releases)
COUNT_MANY(swift_bridgeObjectRelease_n, releases)
