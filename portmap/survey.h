/* The packet filters of this host as berth finds them: one look, as plain values.
 *
 * Serves `berth doctor`. Looks at every table of nf_tables and at the legacy backend of iptables,
 * and changes nothing; whether the kernel can do what our table needs is tried in a transaction
 * that is never carried out. */
#ifndef PORTMAP_SURVEY_H
#define PORTMAP_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/strv.h"
#include "portmap/mapping.h"

#define SURVEY_CHAINS_MAX 4096 /* more are not looked at */

/* A base chain that drops what is forwarded and what it does not accept itself. */
struct survey_chain {
    char *family; /* "ip", "ip6" or "inet" */
    char *table, *name;
    bool accepts_mark; /* has a rule that lets our connections pass */
};

struct survey {
    struct survey_chain *drops; /* hook forward, policy drop; owned */
    size_t n_drops;
    struct strv clashes;      /* others' rules that use our bit, by table and chain, or `ip rule` */
    bool nft_iptables;        /* tables ip filter or ip nat are in nf_tables */
    bool docker_user;         /* `ip filter` has the chain DOCKER-USER, */
    bool docker_user_accepts; /* with our rule */
    bool docker_bridges;      /* Docker's own table of its nftables backend is there, */
    bool docker_bridges_accepts; /* with a rule that accepts our mark */
    bool legacy_lost;            /* a table of the legacy backend cannot be read */
    bool legacy_filter;          /* the legacy backend has a table `filter`, */
    bool legacy_docker_user;     /* with the chain DOCKER-USER, */
    bool legacy_accepts;         /* a rule that accepts our mark, */
    bool legacy_drops;           /* and the policy DROP in FORWARD */
    bool guard;                  /* our chain that keeps containers from 127.0.0.1 has its rules */
    struct strv guarded;         /* interfaces it stands before */
    struct strv plain_ports;     /* of bridges, of mapped containers, that lack hairpin mode where
                                    bridged frames pass the firewall */
    struct mapping *mappings;    /* in our map, sorted by key; owned */
    size_t n_mappings;
    size_t n_foreign; /* elements of our map that are no mappings */
    bool owned,
        owned6; /* another program keeps others out of the table `ip berth`, or `ip6 berth` */
    char *unsupported;  /* why the kernel refuses our table `ip berth`; NULL: it does not */
    char *unsupported6; /* the same of `ip6 berth` */
};

/* Fills 'ret' (zeroed), which the caller gives to survey_done() in any case. 'mark' is our bit.
 * Error code EPERM without CAP_NET_ADMIN. */
int survey_take(struct survey *ret, uint32_t mark, struct err **err);

void survey_done(struct survey *s);

#endif
