#include "lib/passed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/notify.h"
#include "lib/xmalloc.h"

#define FIRST 3          /* the descriptors begin behind stderr */
#define PASSED_MAX 65536 /* descriptors; an environment string has room for the names of fewer */

static long number_of(const char *name);
static char *next_name(const char **names);

void passed_take(struct passed_list *ret)
{
    long n = number_of("LISTEN_PID") == (long)getpid() ? number_of("LISTEN_FDS") : 0;
    const char *names = getenv("LISTEN_FDNAMES");

    for (int fd = FIRST; n <= PASSED_MAX && fd < FIRST + n; fd++) {
        char *name = next_name(&names);

        if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) { /* not open: the number is made up */
            free(name);
            break;
        }
        ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
        ret->v[ret->n++] = (struct passed){name, fd};
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
}

size_t passed_refuse(struct passed_list *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].fd < 0)
            continue;
        CLEAN(free_str) char *state = xasprintf("FDSTOREREMOVE=1\nFDNAME=%s", l->v[i].name);
        /* One that the manager does not hear of comes again with the next start. */
        notify_send(state, NULL);
        n++;
    }
    passed_done(l);
    return n;
}

void passed_done(struct passed_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].fd >= 0)
            close(l->v[i].fd);
        free(l->v[i].name);
    }
    free(l->v);
    *l = (struct passed_list){0};
}

/* 0 where the variable says none. */
static long number_of(const char *name)
{
    const char *text = getenv(name);
    char *end;

    if (!text || *text < '0' || *text > '9')
        return 0;
    errno = 0;
    long n = strtol(text, &end, 10);
    return errno || *end ? 0 : n;
}

/* The part of "a:b:c" that '*names' is at, which moves behind it. Names that are missing are "". */
static char *next_name(const char **names)
{
    const char *from = *names ? *names : "";
    size_t len = strcspn(from, ":");

    *names = from[len] ? from + len + 1 : NULL;
    return xstrndup(from, len);
}
