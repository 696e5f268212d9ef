/* Tells Consul again what Docker's health checks say, before its own checks run out of patience.
 *
 * One request at a time. What Consul knows already makes no write in its catalog. What fails is
 * left to the next listing, which finds the check missing or critical. */
#ifndef REGISTRATOR_CONSUL_FEED_H
#define REGISTRATOR_CONSUL_FEED_H

#include "registrator/consul_client.h"
#include "registrator/instance.h"

struct consul_feed;

/* 'c' is borrowed. */
struct consul_feed *consul_feed_new(struct consul_client *c);
void consul_feed_free(struct consul_feed *f);

/* Tells what 'list' says, from now on and not what an earlier list said; 'list' is not kept. */
void consul_feed_start(struct consul_feed *f, const struct instances *list);

/* "/v1/agent/check/update/<check>" of the instance with that id; the caller frees it. */
char *consul_feed_path(const char *instance_id);

#endif
