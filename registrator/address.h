/* Which registry, and where: berth's own notation and registrator's URIs.
 *
 *     local                                    in this process
 *     http://h:p https://h:p unix:///p         Consul; also consul://, consul-tls://,
 * consul-unix:// consulkv://h:p/prefix                    Consul's key-value store
 *     consulkv-unix:///p:/prefix
 *     zookeeper://h:p[,h:p...]/base            ZooKeeper
 * Pure. */
#ifndef REGISTRATOR_ADDRESS_H
#define REGISTRATOR_ADDRESS_H

#include "lib/err.h"

#define ADDRESS_CONSUL_DEFAULT "127.0.0.1:8500"

enum address_kind {
    ADDRESS_LOCAL,
    ADDRESS_CONSUL,
    ADDRESS_CONSUL_KV,
    ADDRESS_ZOOKEEPER,
};

struct address {
    enum address_kind kind;
    char *url;         /* Consul: "http://host:port" or "https://host:port" */
    char *unix_socket; /* Consul: its path; NULL: TCP */
    char *hosts;       /* ZooKeeper: "host:port,host:port" */
    char *prefix;      /* what is ours begins there, no slash at either end; "" but for Consul's
                          key-value store and ZooKeeper */
};

/* Reads 'text'. What registrator knew and berth does not serve is refused by name. */
int address_parse(const char *text, struct address *ret, struct err **err);
void address_done(struct address *a);

/* The host, when it is a numeric IPv4 address that a way can be looked up to, or NULL; the caller
 * frees it. */
char *address_host(const struct address *a);

#endif
