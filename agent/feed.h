/* What a running agent serves, again whenever it has changed: `berth status --watch`, `berth top`.
 *
 * It keeps the stream of /v1/events open, and asks for the state when an event says that there is
 * another one: nothing is polled. A stream that breaks, or says nothing for a while, not even that
 * it lives, is opened again. */
#ifndef AGENT_FEED_H
#define AGENT_FEED_H

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>

struct feed;

/* None may free the feed. What is handed out is borrowed for the call. */
struct feed_user {
    void (*on_state)(void *arg, json_t *state);

    /* 'changes' are the last ones, oldest first: 'all' that there are, or what has come since.
     * NULL: nobody asks for them. */
    void (*on_changes)(void *arg, const json_t *changes, bool all);

    /* The agent does not answer, and is asked again; 'why' is printable. */
    void (*on_trouble)(void *arg, const char *why);
    void *arg;
};

/* 'admin' is where the agent listens, borrowed. */
struct feed *feed_new(struct ev_loop *loop, const char *admin, const struct feed_user *user);
void feed_free(struct feed *f);

#endif
