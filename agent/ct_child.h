/* The program that consul-template's exec mode runs and keeps: a process group of its own, with our
 * standard input, output and error. */
#ifndef AGENT_CT_CHILD_H
#define AGENT_CT_CHILD_H

#include <ev.h>
#include <stdbool.h>

#include "lib/err.h"
#include "lib/strv.h"

struct ct_child;

/* Starts 'argv' with the environment 'env'. 'on_exit' is called once, with the exit status, 128 +
 * signal where one killed it; it may free the child. 'loop' must be the default loop. NULL where it
 * cannot be started. */
struct ct_child *ct_child_start(struct ev_loop *loop, const struct strv *argv,
                                const struct strv *env, void (*on_exit)(void *arg, int status),
                                void *arg, struct err **err);

/* Forgets the child; it is killed where it still runs. */
void ct_child_free(struct ct_child *c);

/* Sends 'number' to the child and to what it has started. */
void ct_child_signal(const struct ct_child *c, int number);

/* Asks it to end by 'number', 0: SIGKILL, and kills it after 'timeout' seconds. */
void ct_child_stop(struct ct_child *c, int number, double timeout);

#endif
