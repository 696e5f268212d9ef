/* The names of all services in Consul's catalog, as they come and go.
 *
 * One blocking query. It is answered after each registration, with all names, which costs Consul
 * and us more the more there are: so it is asked at a pace that follows their number. A list that
 * has lost many of them at once is confirmed by Consul's leader (registrator/guard.h). */
#ifndef REGISTRATOR_CONSUL_NAMES_H
#define REGISTRATOR_CONSUL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/strv.h"
#include "registrator/consul_client.h"

struct consul_names;

/* None of the callbacks may free the names. */
struct consul_names_user {
    /* These are all, sorted and unique, but for Consul's own and those that no path can have. As of
     * Consul's 'index'; they may be the same as before. */
    void (*on_names)(void *arg, const struct strv *names, uint64_t index);
    void (*on_error)(void *arg, const struct err *err);
    /* How many services, of the '*ret_had' known ones, are not in 'names'? */
    size_t (*count_lost)(void *arg, const struct strv *names, size_t *ret_had);
    bool (*doubted)(void *arg); /* has something gone wrong just before? */
    void *arg;
};

/* 'c' is borrowed, 'user' is copied. */
struct consul_names *consul_names_new(struct consul_client *c,
                                      const struct consul_names_user *user);
void consul_names_free(struct consul_names *n);

/* Was the last answer an error? */
bool consul_names_is_failing(const struct consul_names *n);

/* Is 'name' one that on_names() can have? */
bool consul_names_can_have(const char *name);

#endif
