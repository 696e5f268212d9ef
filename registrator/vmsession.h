/* Our session with Consul, which holds the locks of vmlock.h: found by its name or made, renewed
 * while it is wanted.
 *
 * It lives while it is renewed and the Consul agent of this host is in health. A restarted berth
 * goes on with the session that it left. */
#ifndef REGISTRATOR_VMSESSION_H
#define REGISTRATOR_VMSESSION_H

#include "lib/err.h"
#include "registrator/consul_client.h"

struct vm_session;

/* What the session is for is its 'area', "services.d", which is borrowed. 'node' is our name,
 * copied; 'c' is borrowed. 'on_end' is called, from the loop, when an open
 * session has ended, or may have: it could not be renewed in time. */
struct vm_session *vm_session_new(struct consul_client *c, const char *area, const char *node,
                                  void (*on_end)(void *arg), void *arg);

/* Leaves the session to a berth that starts soon; if none does, Consul ends it. */
void vm_session_free(struct vm_session *s);

/* Finds or makes the session where there is none, then calls 'on_done' once, at once or later:
 * 'err' is NULL where it is open, else it belongs to the caller of 'on_done'. One at a time. */
void vm_session_open(struct vm_session *s, void (*on_done)(void *arg, const struct err *err),
                     void *arg);

/* Its id, or NULL where it is not open. Valid until the loop runs again. */
const char *vm_session_id(const struct vm_session *s);

/* Renews it no more. */
void vm_session_close(struct vm_session *s);

#endif
