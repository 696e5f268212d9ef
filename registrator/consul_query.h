/* One question to Consul that is kept open: asked again as soon as its answer has changed.
 *
 * Blocking queries with Consul's index rules: a lower index starts anew, an answer without index is
 * an error. Consul holds a query for five minutes. Errors back off 0.25 s .. 30 s, and the next
 * answer is complete again. A watchdog ends a query that Consul should have answered. */
#ifndef REGISTRATOR_CONSUL_QUERY_H
#define REGISTRATOR_CONSUL_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "registrator/consul_client.h"

struct consul_query;

/* Both callbacks may free the query that calls them. */
struct consul_query_user {
    /* The answer, at first and after each change. Returns -1 and sets 'err' where it cannot be
     * read: then it counts as an error. */
    int (*on_answer)(void *arg, const char *body, size_t len, struct err **err);
    /* There is no answer, or Consul may not be the one it was. Called once until the next good
     * answer. */
    void (*on_error)(void *arg, const struct err *err);
    void *arg;
};

/* How a query is asked, where that is not as said above. */
struct consul_query_manner {
    double wait;                 /* seconds that Consul may hold it; 0: as said above */
    double delay_min, delay_max; /* seconds to the first retry, between retries; 0: as said above */
    unsigned attempts;           /* failures in a row that end it; 0: it is asked for ever */
    /* After 'attempts' failures; 'arg' is the user's. The query may be freed. */
    void (*on_given_up)(void *arg, const struct err *err);
};

/* Asks for 'path', which may have parameters, until the query is freed. 'c' is borrowed, 'path' and
 * 'user' are copied. */
struct consul_query *consul_query_new(struct consul_client *c, const char *path,
                                      const struct consul_query_user *user);

/* Asks for 'path', which need not know an index, until it was answered once. */
struct consul_query *consul_query_new_once(struct consul_client *c, const char *path,
                                           const struct consul_query_user *user);

/* Asks for 'path' as consul_query_new() does; it is about keys, which may be absent: 404 is an
 * answer without a byte. */
struct consul_query *consul_query_new_keys(struct consul_client *c, const char *path,
                                           const struct consul_query_user *user);
void consul_query_free(struct consul_query *q);

/* From now on, asks in this 'manner', which is copied. */
void consul_query_set_manner(struct consul_query *q, const struct consul_query_manner *manner);

/* From now on, asks at most once in 'seconds' where answers come faster for long. */
void consul_query_set_pace(struct consul_query *q, double seconds);

/* The index of the last answer, in 'on_answer' of that one; 0: none. */
uint64_t consul_query_index(const struct consul_query *q);

#endif
