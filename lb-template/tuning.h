/* How a service wants to be balanced: algorithm, sticky sessions, PROXY protocol, path of checks.
 *
 * The instances of a service say it in their Meta, and may differ while one version replaces
 * another. Whatever one of them switches on is on for the service; of two algorithms or paths the
 * one of the instance that comes first in the catalog counts, and the others are reported. What a
 * server expects on its connections is its own affair. Pure. */
#ifndef LB_TEMPLATE_TUNING_H
#define LB_TEMPLATE_TUNING_H

#include <stdbool.h>

#include "lib/problem.h"
#include "registrator/instance.h"

#define TUNING_PATH_MAX 255 /* bytes of a path that checks ask for */

struct tuning {
    const char *balance; /* HAProxy's name of the algorithm, static; NULL: nobody asked */
    bool sticky;         /* a client stays with its server */
    bool accept_proxy;   /* the service ports expect the PROXY protocol */
    char *check_path;    /* of bytes that need no quoting; NULL: nobody asked; owned */
};

/* Adds what 'i' says. The problems are about 'subject'. */
void tuning_read(struct tuning *t, const struct instance *i, const char *subject,
                 struct problems *problems);

void tuning_done(struct tuning *t);

/* The version of the PROXY protocol that the instance expects; 0: none. */
unsigned tuning_send_proxy(const struct instance *i, const char *subject,
                           struct problems *problems);

#endif
