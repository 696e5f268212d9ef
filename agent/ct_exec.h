/* Exec mode: the child is started when everything was rendered, and told, or started anew, when a
 * file has changed. Its end is the end of the program. */
#ifndef AGENT_CT_EXEC_H
#define AGENT_CT_EXEC_H

#include <ev.h>

#include "agent/ct_config.h"

struct ct_exec_mode;

/* 'config' is borrowed, and may change when nothing of this runs. 'on_end' is called when the child
 * has ended by itself, or after ct_exec_mode_stop(), with its exit status; 'err' where it could not
 * be started. */
struct ct_exec_mode *ct_exec_mode_new(struct ev_loop *loop, const struct ct_exec *config,
                                      void (*on_end)(void *arg, int status, const struct err *err),
                                      void *arg);
void ct_exec_mode_free(struct ct_exec_mode *m);

/* Everything is rendered; 'changed': a file was written. Starts the child, or tells it. */
void ct_exec_mode_rendered(struct ct_exec_mode *m, bool changed);

/* Hands a signal on to the child, where it runs. */
void ct_exec_mode_signal(struct ct_exec_mode *m, int number);

/* Ends the child. Where none runs, 'on_end' is called at once. */
void ct_exec_mode_stop(struct ct_exec_mode *m);

#endif
