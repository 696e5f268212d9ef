/* berth.conf as values: one table for the file, -o, `berth check --dump` and the manual.
 *
 * agent/config.c has the table, config_check.c what single values must be, config_finish.c what
 * they must be together. */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include <stdbool.h>

#include "lib/conf.h"
#include "lib/portset.h"

struct config {
    /* [agent] */
    char *node;         /* our name in registries; "": the host's name */
    char *address;      /* what others dial; "": the source address of the way to the registry */
    char *address6;     /* the same over IPv6: "auto", "none" or an address */
    char *state_dir;    /* what outlives a reboot */
    char *run_dir;      /* HAProxy's files and sockets */
    char *admin;        /* "127.0.0.1:7707"; "": none */
    char *admin_socket; /* path; "auto": in run_dir; "": none */
    char *admin_token_file; /* "": nothing is changed over TCP */
    bool admin_token_reads, admin_read_only;
    char *admin_hosts; /* names that a Host header may say */
    char *self;        /* "172.17.0.1:7708", where containers ask about themselves; "": none */
    char *log_level;   /* err, warn, info, debug */
    char *log_format;  /* text, logfmt, json */
    double resync;     /* seconds */
    char *on_exit;     /* keep, deregister, maintenance */

    /* [docker] */
    bool docker;
    char *docker_socket;    /* a path, or what DOCKER_HOST may be */
    char *docker_cert_path; /* folder of ca.pem, cert.pem and key.pem; "": no TLS */
    double drain_max;       /* seconds a container that was told to stop stays out, if it goes on */

    /* [portmap] */
    bool portmap;
    char *pool; /* "28000-28999,29500-29999" */
    struct portset pool_ports;
    unsigned mark;
    char *portmap_bind; /* one IPv4 address of the host; "": every address */
    double quarantine;  /* seconds that a freed host port rests */

    /* [registrator] */
    bool registrator;
    char *registry; /* "local", or as registrator/address.h says */
    char *consul_token_file;
    char *consul_ca_file, *consul_ca_dir, *consul_cert_file, *consul_key_file;
    char *consul_server_name;
    bool consul_tls_verify;
    char *consul_datacenter, *consul_namespace;
    char *ip;            /* registered for every host port; "": the address it is bound to */
    char *ip_from_label; /* the label that says what is registered; "": none */
    bool internal;       /* register the containers' own addresses */
    bool explicit_only;  /* register what says a SERVICE_NAME */
    char *tags;          /* of every service */
    char *deregister;    /* always, on-success */
    bool strict;         /* registrator's defects, too */
    char *register_when; /* started, healthy */
    char *on_kill;       /* maintenance, deregister */
    char *services_dir;  /* files that declare services on virtual machines; "": none */
    char *adopt;         /* no, yes, dry-run */

    /* [dubbo] */
    char *dubbo_registry; /* "": none; "consul"; zookeeper://... */
    char *dubbo_root;
    char *dubbo_digest_file;
    double dubbo_session; /* seconds */
    char *dubbo_repair;   /* no, mirror */

    /* [marathon] */
    char *marathon; /* comma list of its nodes; "": none */
    char *marathon_user_file, *marathon_token_file;
    char *marathon_ca_file;
    bool marathon_tls_verify;
    char *marathon_name;     /* how a service is called after its app */
    bool marathon_source;    /* the load balancer serves what Marathon says that runs */
    double marathon_resync;  /* seconds */
    double marathon_silence; /* seconds */

    /* [lb] */
    bool lb;
    char *haproxy;
    bool manage;
    char *lb_sockets; /* comma list of paths; "": the one in run_dir */
    char *lb_reload;  /* path of a program and its arguments; "": none */
    double lb_reload_timeout;
    char *bind;
    unsigned http_port, https_port, stats_port;
    char *certs;       /* directory; "": no HTTPS */
    char *lb_select;   /* rule on service, tags and Meta; "": all */
    char *lb_wait;     /* "MIN[:MAX]" */
    char *lb_template; /* path; "": berth's own */
    char *announce;    /* service in Consul that is the load balancer itself; "": none */
    char *lb_address;  /* where clients reach HAProxy; "": as agent_lb_addresses() says */

    /* [dns] */
    char *dns_zone;     /* "": no names are kept */
    char *dns_owner;    /* "": our node's name, which takes a registry of our own */
    char *dns_server;   /* as lb-template/dns.h says */
    char *dns_key_file; /* as lb-template/dns_key.h says */
    unsigned dns_ttl;   /* seconds */
    bool dns_services;

    struct conf_list networks; /* [network "NAME"]: struct reach_setting, in the file's order */
    struct conf_list drivers;  /* [driver "NAME"]: struct reach_setting */

    /* Not in the table. */
    bool as_registrator;      /* published ports only, and registrator's log lines */
    const char *consul_token; /* from the environment, never shown; NULL: none; borrowed */
    const char *consul_user;  /* "name:password", the same */
};

extern const struct conf_table config_table;

/* Fills what follows from several values (pool_ports). Errors name key and remedy. */
int config_finish(struct config *c, struct err **err);

#endif
