/* Where consul-template's configuration says that Consul is, and how it is to be asked. Pure. */
#ifndef AGENT_CT_CONSUL_H
#define AGENT_CT_CONSUL_H

#include "agent/ct_value.h"
#include "registrator/consul_query.h"

struct ct_consul {
    char *address, *name_space, *token, *token_file;
    char *user, *password;
    int auth, ssl, verify; /* -1: not said */
    char *ca_cert, *ca_path, *cert, *key, *server_name;
    int retry;                   /* 0: the first failure is the last one */
    unsigned attempts;           /* 0: for ever */
    double backoff, max_backoff; /* seconds; 0: berth's own */
};

void ct_consul_init(struct ct_consul *c);
void ct_consul_done(struct ct_consul *c);

/* Reads consul = "127.0.0.1:8500", or a block, into a struct ct_consul. Returns 0, or -1. */
int ct_consul_read(struct ct_reader *r, const json_t *value, void *at);

/* What Consul's client finds in its environment, as "NAME=value"; appended to 'ret'. */
void ct_consul_environment(const struct ct_consul *c, struct strv *ret);

/* How queries are asked. Only what has to do with retries is set. */
void ct_consul_manner(const struct ct_consul *c, struct consul_query_manner *ret);

#endif
