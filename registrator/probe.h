/* A check that the registry runs for an instance, or waits to hear of, in Consul's words.
 *
 * Values alone: what labels ask for is registrator/probe_labels.h's business, what Consul reads
 * registrator/consul_probe.h's. Consul does not tell the definition of a check that it has, so a
 * digest of an instance's probes goes into its Meta and stands for them in comparisons. Pure. */
#ifndef REGISTRATOR_PROBE_H
#define REGISTRATOR_PROBE_H

#include <stddef.h>

#include "lib/strv.h"

#define PROBES_MAX 16 /* of one instance that labels can ask for */

enum probe_field {
    PROBE_ID,     /* unique within the registry's agent */
    PROBE_NAME,   /* what people see; NULL: the registry's choice */
    PROBE_HTTP,   /* URL */
    PROBE_METHOD, /* of PROBE_HTTP */
    PROBE_TCP,    /* address and port */
    PROBE_GRPC,   /* address and port */
    PROBE_TTL,    /* time after which silence is a failure */
    PROBE_INTERVAL,
    PROBE_TIMEOUT,
    PROBE_STATUS,           /* until the first result: "passing", "warning" or "critical" */
    PROBE_DEREGISTER_AFTER, /* time as critical after which the instance is removed */
    PROBE_GRPC_USE_TLS,     /* said: yes */
    PROBE_TLS_SKIP_VERIFY,  /* said: yes */
    PROBE_FIELDS,
};

struct probe {
    char *field[PROBE_FIELDS]; /* owned; NULL: not said. Times are Go's: "10s", "1m30s" */
    struct strv args;          /* program and arguments, for one that runs a program */
};

struct probes {
    struct probe *v;
    size_t n;
    size_t cap;
};

/* Appends a zeroed probe and returns it; valid until the next one is added. */
struct probe *probes_add(struct probes *l);

/* Removes the last one. */
void probes_drop(struct probes *l);
void probes_copy(struct probes *dst, const struct probes *src);
void probes_done(struct probes *l);

/* Sets a field to a copy of 'value'. */
void probe_set(struct probe *p, enum probe_field field, const char *value);

/* "<number of probes>.<16 hexadecimal digits>", the same for the same definitions only; the caller
 * frees it. The initial status does not count: it is forgotten with the first result. */
char *probes_digest(const struct probes *l);

#endif
