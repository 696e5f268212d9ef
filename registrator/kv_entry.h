/* Services in Consul's key-value store, as registrator lays them out:
 *
 *     <prefix>/<service>/<id> = <address>:<port>       IPv6 addresses in brackets
 *
 * The value has no room for an owner. Consul keeps a number beside each value, the flags, which
 * readers of values never see: ours are kv_mark(node), registrator's are 0. Pure. */
#ifndef REGISTRATOR_KV_ENTRY_H
#define REGISTRATOR_KV_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/sbuf.h"

struct kv_entry {
    char *service;
    char *id;
    char *address; /* "" and port 0: the value is no address */
    uint16_t port;
    uint64_t flags;
};

struct kv_entries {
    struct kv_entry *v; /* sorted by id, then service; no two are the same in both */
    size_t n;
    size_t cap;
};

/* The flags of what 'node' has written: a number that JSON readers take for what it is. */
uint64_t kv_mark(const char *node);

/* Was it written by a registrator on 'node'? Its ids are "<node>:<container>:<port>[:udp]". */
bool kv_entry_is_registrators(const struct kv_entry *e, const char *node);

/* Reads the answer to GET /v1/kv/<prefix>/?recurse into the empty 'ret'. Keys that are laid out
 * otherwise are left out. */
int kv_entries_from_json(const char *text, size_t len, const char *prefix, struct kv_entries *ret,
                         struct err **err);
void kv_entries_done(struct kv_entries *l);

/* Adds an entry, or replaces the one of that id and service. */
void kv_entries_put(struct kv_entries *l, const struct kv_entry *e);

/* Removes the entry of that id and service where it is. */
void kv_entries_remove(struct kv_entries *l, const char *id, const char *service);

/* Appends "<address>:<port>". */
void kv_add_value(struct sbuf *b, const char *address, uint16_t port);

#endif
