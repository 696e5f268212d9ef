/* A berth that was built without libldns. */
#include <stdlib.h>

#include "lb-template/dns.h"

struct dns *dns_new(struct ev_loop *loop, const struct dns_config *config,
                    void (*on_change)(void *arg), void *arg, struct err **err)
{
    (void)loop;
    (void)config;
    (void)on_change;
    (void)arg;
    err_set(err, "[dns] zone: this berth was built without libldns, which dynamic updates need: "
                 "install libldns-dev and build it again");
    return NULL;
}

void dns_free(struct dns *d)
{
    (void)d;
}

bool dns_is_same(const struct dns *a, const struct dns *b)
{
    return a == b;
}

/* Nobody has a struct dns to call the others with. */
void dns_update(struct dns *d, const struct lb_backend *v, size_t n,
                const struct dns_balancers *balancers)
{
    (void)d;
    (void)v;
    (void)n;
    (void)balancers;
    abort();
}

void dns_set_turn(struct dns *d, bool ours)
{
    (void)d;
    (void)ours;
    abort();
}

void dns_resync(struct dns *d)
{
    (void)d;
    abort();
}

bool dns_has_turn(const struct dns *d)
{
    (void)d;
    abort();
}

const struct dns_entries *dns_wanted(const struct dns *d)
{
    (void)d;
    abort();
}

const char *dns_name_state(const struct dns *d, const char *name)
{
    (void)d;
    (void)name;
    abort();
}

const char *dns_zone_name(const struct dns *d)
{
    (void)d;
    abort();
}

const struct problems *dns_problems(const struct dns *d)
{
    (void)d;
    abort();
}

const struct sync *dns_sync(const struct dns *d)
{
    (void)d;
    abort();
}
