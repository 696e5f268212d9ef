/* What one load balancer says of its servers: HAProxy's statistics as CSV. Pure. */
#ifndef AGENT_DEPLOY_STATS_H
#define AGENT_DEPLOY_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define DEPLOY_SERVERS_MAX 262144

enum deploy_server_state { DEPLOY_SERVER_UP, DEPLOY_SERVER_DRAINS, DEPLOY_SERVER_DOWN };

struct deploy_server {
    char *backend, *name;
    char *address; /* "host:port"; "": HAProxy does not tell it */
    enum deploy_server_state state;
    unsigned long sessions; /* that it serves, or that wait for it */
};

struct deploy_servers {
    struct deploy_server *v;
    size_t n;
    size_t cap;
};

/* Reads 'csv', as "haproxy?stats;csv" answers it, into 'ret', which is empty. Columns are found by
 * their names. Fails where it is no such table. */
int deploy_stats_parse(const char *csv, size_t len, struct deploy_servers *ret, struct err **err);

void deploy_servers_done(struct deploy_servers *l);

/* The next server of 'l' from '*at' on that is the task at 'host' and 'port', or NULL; '*at' is
 * behind it then. By its address, or by its name as marathon-lb gives it: host_address_port. */
const struct deploy_server *deploy_servers_next(const struct deploy_servers *l, const char *host,
                                                uint16_t port, size_t *at);

#endif
