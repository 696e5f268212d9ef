/* What a template of the load balancer sees: `.LB`, the settings, and `.Routes`.
 *
 *     .LB        Dir Socket HostsMap Bind BindOptions HTTPPort HTTPSPort Certs CertsStamp StatsPort
 *                Maxconn User Group CheckInter CheckFastInter CheckDownInter
 *     route      Backend Service Mode VHosts Ports Balance Sticky CheckPath AcceptProxy Servers LB
 *     server     Name Address Port Endpoint ID Weight SendProxy
 *
 * Every value consists of bytes that need no quoting in haproxy.cfg, whatever a catalog says.
 * Routes are made when a template looks into them. Pure. */
#ifndef LB_TEMPLATE_DOT_H
#define LB_TEMPLATE_DOT_H

#include "lb-template/render.h"
#include "lb-template/routing.h"
#include "lb-template/tmpl/value.h"

/* What the struct of a route is made from. */
struct dot_route {
    const struct route *route;
    const struct tmpl_value *lb;
};

/* The dot of 'config' and the routes, in 'arena'; both are borrowed for as long. */
struct tmpl_value dot_make(struct tmpl_arena *arena, const struct render_config *config,
                           const struct routing *routing);

#endif
