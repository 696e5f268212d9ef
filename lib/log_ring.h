/* The last facts of the log, in memory: what the status page and /v1/changes show.
 *
 * lib/log.c feeds it with everything at info and above, whatever is written. Each fact has a
 * number; they count from 1, without gaps, and begin anew with the process. Long texts are cut, and
 * the oldest facts go, so that it never holds more than LOG_RING_FACTS or about LOG_RING_BYTES.
 * What it hands out is printable ASCII. */
#ifndef LIB_LOG_RING_H
#define LIB_LOG_RING_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "lib/kv.h"
#include "lib/log_fact.h"

#define LOG_RING_FACTS 1000
#define LOG_RING_BYTES (1024 * 1024) /* of all texts, keys and values */
#define LOG_RING_TEXT 1024           /* bytes of one text or value */
#define LOG_RING_FIELDS 32           /* of one fact */

struct log_ring;

struct log_ring_fact {
    uint64_t n;
    double time;       /* seconds since the epoch */
    const char *level; /* "err", "warn", "info" */
    char *area;
    char *text;
    struct kvs fields; /* in the order of the line */
    size_t size;       /* bytes of all of it */
};

struct log_ring *log_ring_new(void);
void log_ring_free(struct log_ring *r);

/* 'on_fact' is called after each new fact, from within whatever logs: it only marks, and logs
 * nothing. NULL: nobody listens any more. */
void log_ring_listen(struct log_ring *r, void (*on_fact)(void *arg), void *arg);

/* Copies 'f' in. 'level' is a literal. */
void log_ring_add(struct log_ring *r, const char *level, const char *area,
                  const struct timespec *now, const struct log_fact *f);

/* The number of the newest fact; 0: there is none yet. */
uint64_t log_ring_newest(const struct log_ring *r);

/* The oldest fact whose number is greater than 'n', or NULL. A reader that has seen more than there
 * is has come from an earlier process: it gets the oldest of all. Valid until the next one is
 * added. */
const struct log_ring_fact *log_ring_after(const struct log_ring *r, uint64_t n);

#endif
