/* The operator's own template of haproxy.cfg, where it asks for Consul's data or files: `service`,
 * `key`, `file`. A template that is content with berth's routes is the load balancer's own business
 * (lb-template/routes_renderer.h).
 *
 * The text is one piece without owner. What the template uses is watched as `berth render` does; a
 * change of the template itself counts, too: one that cannot be parsed is reported, and the last
 * rendering stays. */
#ifndef AGENT_LB_TEMPLATE_H
#define AGENT_LB_TEMPLATE_H

#include <ev.h>

#include "agent/config.h"
#include "lb-template/rendering.h"
#include "registrator/consul_client.h"

struct lb_template;

/* Sets '*ret' to a renderer of the file that [lb] template names, or to NULL where there is none or
 * where it asks for nothing. 'on_change' is called from the loop when it may render something else.
 * 'config' is borrowed. Returns 0, or -1 where the template cannot be parsed, or the registry is
 * not Consul, whose access it shares. */
int lb_template_new(struct ev_loop *loop, const struct config *config, void (*on_change)(void *arg),
                    void *arg, struct lb_template **ret, struct err **err);
void lb_template_free(struct lb_template *t);

/* Another configuration from now on, whose template asks for data, too; it is borrowed. */
void lb_template_set_config(struct lb_template *t, const struct config *config);

/* Consul is spoken to with these credentials from now on; see consul_client_set_access(). */
void lb_template_set_access(struct lb_template *t, const struct consul_access *access);

/* Does the template in the file 'path' ask for data? 'path' may be "": berth's own does not.
 * Returns 1 if it does, 0, or -1 where it cannot be parsed. */
int lb_template_asks(const char *path, struct err **err);

/* It as a renderer, for struct lb_config. */
struct renderer *lb_template_base(struct lb_template *t);

#endif
