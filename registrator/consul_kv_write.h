/* Puts and deletes of consulkv: a value to write, then the keys that must go, one request after the
 * other. Owned by registrator/consul_kv.c, which lists and watches. */
#ifndef REGISTRATOR_CONSUL_KV_WRITE_H
#define REGISTRATOR_CONSUL_KV_WRITE_H

#include <stdint.h>

#include "lib/err.h"
#include "registrator/consul_client.h"
#include "registrator/instance.h"
#include "registrator/kv_entry.h"

struct kv_call;

/* What is known of the store, and the writes under way. */
struct kv_store {
    struct consul_client client;
    char *prefix;
    uint64_t mark;          /* the flags of our keys */
    struct kv_entries ours; /* what is in the store, as far as we know */
    struct instances known; /* roster: what those entries stand for, and what has none */
    struct kv_call *calls;  /* under way, linked */
};

/* Cancels the writes and frees what 's' holds. */
void kv_store_done(struct kv_store *s);

/* Brings 'i' into the store, where it takes traffic, and removes every other key of its id. 'done'
 * is called once, from the loop; it may free the store. */
void kv_store_put(struct kv_store *s, const struct instance *i,
                  void (*done)(void *arg, const struct err *err), void *arg);

/* Removes every key of ours with that id, in the same way. */
void kv_store_del(struct kv_store *s, const char *id,
                  void (*done)(void *arg, const struct err *err), void *arg);

/* Is 'e' what is written for 'i'? Not where 'i' takes no traffic: then nothing is. */
bool kv_store_stands_for(const struct kv_entry *e, const struct instance *i);

#endif
