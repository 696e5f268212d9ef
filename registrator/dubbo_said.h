/* What somebody says of the Dubbo services behind one port: a container's labels, or the keys of a
 * file in services.d/.
 *
 *     berth.dubbo.20880=com.acme.Greeting:1.0.0:blue,com.acme.Clock
 *     berth.dubbo.20880.methods=hello,bye        .weight .protocol .application .params
 * Pure. */
#ifndef REGISTRATOR_DUBBO_SAID_H
#define REGISTRATOR_DUBBO_SAID_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/kv.h"
#include "lib/problem.h"

#define DUBBO_LABEL "berth.dubbo."
#define DUBBO_SERVICES_MAX 256 /* of one port */

struct dubbo_service {
    char *interface;
    char *version; /* NULL: none */
    char *group;   /* NULL: none */
};

struct dubbo_said {
    struct dubbo_service *v; /* in the order in which they were said */
    size_t n;
    size_t cap;
    char *methods;     /* comma list; NULL: not said */
    char *protocol;    /* "dubbo", "tri" or "rest"; NULL: not said, which is dubbo */
    char *application; /* NULL: not said */
    unsigned weight;   /* 1..10000; 0: not said */
    struct kvs params; /* further parameters of the URL, sorted by key */
};

void dubbo_said_done(struct dubbo_said *s);

/* Sets what 'word' says: "" the list of services, or "methods", "weight", "protocol",
 * "application", "params". The error names the remedy; 's' may have a part of the value then. */
int dubbo_said_set(struct dubbo_said *s, const char *word, const char *value, struct err **err);

/* Reads what 'env' and 'labels' say of 'port', labels before environment, into the empty 'ret'.
 * What cannot be followed goes to 'problems' under 'subject': then the port has no services. */
void dubbo_said_read(const struct kvs *env, const struct kvs *labels, uint16_t port,
                     const char *subject, struct dubbo_said *ret, struct problems *problems);

/* Tells 'problems' of labels whose name is no port or no word, and of ports that are none of the
 * 'n' 'ports'. */
void dubbo_said_check(const struct kvs *env, const struct kvs *labels, const uint16_t *ports,
                      size_t n, const char *subject, struct problems *problems);

#endif
