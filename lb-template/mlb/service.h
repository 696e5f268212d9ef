/* One service port of an app as its labels want it: everything but the tasks.
 *
 * HAPROXY_{n}_ labels are read and checked here, so that what a service holds may be written to
 * haproxy.cfg as it is. A label that cannot be followed takes its service out, with a problem:
 * without it the service could be open to those whom the label was to keep out. Pure. */
#ifndef LB_TEMPLATE_MLB_SERVICE_H
#define LB_TEMPLATE_MLB_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lb-template/mlb/options.h"
#include "lb-template/mlb/template.h"
#include "lib/marathon_app.h"
#include "lib/problem.h"
#include "lib/strv.h"

#define MLB_VHOSTS_MAX 256   /* of one service */
#define MLB_NETWORKS_MAX 256 /* of one service */

/* A template from a label, its directives translated. */
struct mlb_own {
    enum mlb_template id;
    char *text;
};

struct mlb_service {
    unsigned index; /* n of HAPROXY_n_, the app's port */
    uint16_t port;  /* of its frontend; 0: none is said, and one is to be made up */
    char *groups;   /* HAPROXY_n_GROUP, or the app's; NULL: none */
    bool refused;   /* a label cannot be followed */
    bool enabled;
    bool http;                /* mode; else TCP */
    bool said_http, said_tcp; /* HAPROXY_n_MODE */
    bool sticky, redirect, hsts;
    struct strv vhosts;
    char *path;
    char *realm, *user, *password; /* all or none */
    char *bind_addr;               /* NULL: every address */
    char *bind_options, *ssl_cert; /* NULL: none */
    char *balance;                 /* NULL: roundrobin */
    struct strv networks;          /* that may come in; empty: all */
    char *proxypass, *revproxy, *redir;
    int weight;     /* place among the rules: the largest is first */
    int check;      /* index of the app's health check; -1: none */
    int check_port; /* index of the port that is checked; -1: the service's own */
    struct mlb_own *own;
    size_t n_own, cap_own;
};

struct mlb_services {
    struct mlb_service *v; /* by index */
    size_t n, cap;
};

/* Appends the services of 'app' that have a port, or are to get one, to 'ret'. */
void mlb_services_read(const struct mlb_options *options, const struct marathon_app *app,
                       struct mlb_services *ret, struct problems *problems);

void mlb_services_done(struct mlb_services *l);

/* The service's own template 'id', or NULL. */
const char *mlb_service_own(const struct mlb_service *s, enum mlb_template id);

/* The app's check for port 'index', as marathon-lb chooses it: the first that names a port number
 * or this index. -1: none. */
int mlb_service_check(const struct marathon_app *app, unsigned index);

#endif
