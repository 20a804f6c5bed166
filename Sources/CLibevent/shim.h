/* System headers first: <event2/event-config.h> defines _GNU_SOURCE, and a feature macro that
 * differs from the one Glibc's module was built with gives fd_set two definitions. */
#include <sys/types.h>
#include <sys/select.h>
#include <sys/time.h>
#include <event2/event.h>
