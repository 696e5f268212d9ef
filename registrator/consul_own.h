/* Notices that Consul may no longer have what we registered: our node's entry in the catalog is
 * watched, and a change, a broken connection and its return each call back, once a second at most.
 * Our own writes are changes, too. */
#ifndef REGISTRATOR_CONSUL_OWN_H
#define REGISTRATOR_CONSUL_OWN_H

#include "registrator/consul_client.h"

struct consul_own;

/* 'c' is borrowed. 'on_lost' is called from the loop; it may free the watch. */
struct consul_own *consul_own_new(struct consul_client *c, void (*on_lost)(void *arg), void *arg);
void consul_own_free(struct consul_own *o);

#endif
