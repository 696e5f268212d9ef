/* GET /v1/events: who looks on is told when there is something new, as server-sent events.
 *
 * "state" says that /v1/state has other content now, at most twice a second, the last change
 * included; "change" is a new fact of the log. What may have changed is compared before anybody is
 * told, so nothing is sent on an idle node but a comment every 15 seconds; nothing is computed
 * where nobody looks on. */
#ifndef AGENT_LIVE_H
#define AGENT_LIVE_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/admin.h"
#include "lib/log_ring.h"

struct live;

/* 'digest' gives another number when the state has other content. 'ring' is borrowed; 'live' is its
 * listener. */
struct live *live_new(struct ev_loop *loop, struct log_ring *ring, uint64_t (*digest)(void *arg),
                      void *arg);

/* After the admin servers with its streams. */
void live_free(struct live *l);

/* The state may have changed. */
void live_touch(struct live *l);

/* How many look on. */
size_t live_readers(const struct live *l);

/* Answers 'r' with a stream. */
void live_answer(struct live *l, struct admin_request *r);

#endif
