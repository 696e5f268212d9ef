#include "agent/agent_dns.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent_announce.h"
#include "agent/agent_want.h"
#include "lb-template/dns.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "registrator/vmlock.h"

#define RESYNC_MIN 300. /* seconds: each one transfers the zone */

struct agent_dns {
    struct dns *dns;
    struct consul_client client; /* where there are 'locks' */
    struct vm_locks *locks;      /* NULL: nobody to share with */
    struct dns_balancers alive;  /* in the catalog */
    bool seen;                   /* one has been alive there */
    uint64_t offer;              /* lb_offer_stamp() of what 'dns' was told; 0: none */
    struct dns_balancers told;   /* with these */
};

static const struct vm_lock_kind lock_kind = {.area = "dns",
                                              .name = "dns lock",
                                              .prefix = "berth/dns/",
                                              .rule = "key_prefix \"berth/dns/\" { policy = "
                                                      "\"write\" }",
                                              .duty = "write the names in DNS of owner",
                                              .ending = ""};

static struct dns *new_dns(struct agent *a, const struct config *c, struct err **err);
static void find_alive(struct agent *a);
static int open_lock(struct agent *a, const struct consul_access *consul, struct err **err);
static void on_lock(void *arg);
static void update(struct agent *a);
static void find_balancers(const struct agent *a, struct dns_balancers *ret);
static void add_balancer(struct dns_balancers *l, const struct instance *i);
static json_t *name_json(const struct dns *d, const struct dns_entry *e);

int agent_open_dns(struct agent *a, const struct consul_access *consul, struct err **err)
{
    const struct config *c = a->config;

    if (!*c->dns_zone || !c->lb)
        return 0;
    a->dns = xcalloc(1, sizeof *a->dns);
    a->dns->dns = new_dns(a, c, err);
    if (!a->dns->dns)
        return -1;
    if (consul)
        return open_lock(a, consul, err);
    dns_set_turn(a->dns->dns, true);
    return 0;
}

void agent_free_dns(struct agent *a)
{
    if (!a->dns)
        return;
    vm_locks_free(a->dns->locks);
    if (a->dns->locks)
        consul_client_done(&a->dns->client);
    dns_free(a->dns->dns);
    dns_balancers_done(&a->dns->alive);
    dns_balancers_done(&a->dns->told);
    free(a->dns);
    a->dns = NULL;
}

int agent_check_dns(struct agent *a, const struct config *next, struct err **err)
{
    if (!*next->dns_zone || !next->lb)
        return 0;
    struct dns *dns = new_dns(a, next, err);
    dns_free(dns);
    return dns ? 0 : -1;
}

/* What it knows it reads from the zone: another one goes on where this one was. */
int agent_set_dns(struct agent *a, const struct consul_access *consul, struct err **err)
{
    struct agent_dns *d = a->dns;

    if (!d || !*a->config->dns_zone) {
        agent_free_dns(a);
        if (agent_open_dns(a, consul, err))
            return -1;
        find_alive(a);
        return 0;
    }
    if (d->locks && consul)
        consul_client_set_access(&d->client, consul);
    find_alive(a);
    struct dns *next = new_dns(a, a->config, err);
    if (!next)
        return -1;
    bool same = dns_is_same(d->dns, next);
    dns_free(same ? next : d->dns);
    if (same)
        return 0;
    d->dns = next;
    d->offer = 0;
    dns_balancers_done(&d->told);
    dns_set_turn(next, !d->locks);
    return 0;
}

void agent_dns_on_catalog(struct agent *a)
{
    if (!a->dns || !a->dns->locks)
        return;
    find_alive(a);
    agent_on_notice(a);
}

/* Before Consul has told of a load balancer, ours may be on its way there. One that serves nothing
 * itself must not take part in writing what is served. */
void agent_dns(struct agent *a)
{
    struct strv wanted = {0};

    if (!a->dns || !(lb_sync(a->lb)->last_ok > 0.) || (a->dns->locks && !a->dns->seen))
        return;
    update(a);
    if (!a->dns->locks)
        return;
    if (lb_is_running(a->lb))
        strv_add(&wanted, a->config->dns_owner);
    vm_locks_want(a->dns->locks, &wanted);
    strv_done(&wanted);
    on_lock(a);
}

json_t *agent_dns_json(const struct agent *a)
{
    if (!a->dns)
        return NULL;
    const struct dns *d = a->dns->dns;
    const struct dns_entries *l = dns_wanted(d);
    json_t *doc = json_object(), *names = json_array();
    for (size_t i = 0; i < l->n; i++)
        json_array_append_new(names, name_json(d, &l->v[i]));
    json_set_str(doc, "zone", dns_zone_name(d));
    json_set_str(doc, "server", a->config->dns_server);
    json_object_set_new(doc, "turn", json_boolean(dns_has_turn(d)));
    json_object_set_new(doc, "names", names);
    return doc;
}

void agent_dns_resync(struct agent *a)
{
    if (a->dns)
        dns_resync(a->dns->dns);
}

const struct sync *agent_dns_sync(const struct agent *a, size_t i)
{
    if (a->dns && i == 0)
        return dns_sync(a->dns->dns);
    return a->dns && a->dns->locks && i == 1 ? vm_locks_sync(a->dns->locks) : NULL;
}

const struct problems *agent_dns_problems(const struct agent *a)
{
    return a->dns ? dns_problems(a->dns->dns) : NULL;
}

static struct dns *new_dns(struct agent *a, const struct config *c, struct err **err)
{
    return dns_new(a->loop,
                   &(struct dns_config){
                       .zone = c->dns_zone,
                       .owner = *c->dns_owner ? c->dns_owner : a->node,
                       .server = c->dns_server,
                       .key_file = c->dns_key_file,
                       .ttl = c->dns_ttl,
                       .services = c->dns_services,
                       .resync = c->resync > RESYNC_MIN ? c->resync : RESYNC_MIN,
                   },
                   agent_on_notice, a, err);
}

/* The load balancers that the catalog says live. */
static void find_alive(struct agent *a)
{
    if (!a->dns || !a->dns->locks || !a->seen)
        return;
    const struct catalog_service *s = catalog_find(a->seen, a->config->announce);
    dns_balancers_done(&a->dns->alive);
    for (size_t i = 0; s && i < s->instances.n; i++)
        if (instance_takes_traffic(&s->instances.v[i]))
            add_balancer(&a->dns->alive, &s->instances.v[i]);
    a->dns->seen = a->dns->seen || a->dns->alive.n;
}

static int open_lock(struct agent *a, const struct consul_access *consul, struct err **err)
{
    if (consul_client_init(&a->dns->client, a->loop, a->http, consul, err))
        return -1;
    a->dns->locks = vm_locks_new(&a->dns->client, &lock_kind, a->node, on_lock, a);
    return 0;
}

static void on_lock(void *arg)
{
    struct agent *a = arg;

    dns_set_turn(a->dns->dns, vm_locks_has(a->dns->locks, a->config->dns_owner));
}

/* What is said once more is not looked at. */
static void update(struct agent *a)
{
    struct agent_dns *d = a->dns;
    uint64_t stamp = lb_offer_stamp(a->lb);
    struct dns_balancers now = {0};
    struct lb_backends offer = {0};

    find_balancers(a, &now);
    if (stamp && stamp == d->offer && dns_balancers_equal(&now, &d->told)) {
        dns_balancers_done(&now);
        return;
    }
    dns_balancers_done(&d->told);
    d->told = now;
    d->offer = stamp;
    lb_offer(a->lb, &offer);
    dns_update(d->dns, offer.v, offer.n, &d->told);
    lb_backends_done(&offer);
}

static void find_balancers(const struct agent *a, struct dns_balancers *ret)
{
    struct ipaddr address, address6;

    for (size_t i = 0; i < a->dns->alive.n; i++)
        dns_balancers_add(ret, &a->dns->alive.v[i]);
    if (a->dns->locks || !lb_is_running(a->lb))
        return;
    agent_lb_addresses(a, &address, &address6);
    dns_balancers_add(ret, &address);
    dns_balancers_add(ret, &address6);
}

/* Others can register a service of that name: the mark in Meta is berth's alone. */
static void add_balancer(struct dns_balancers *l, const struct instance *i)
{
    const char *what = kvs_get(&i->meta, META_BALANCER);
    struct ipaddr address;

    if (!what || strcmp(what, "*"))
        return;
    if (!ipaddr_parse(i->address, &address))
        dns_balancers_add(l, &address);
    if (i->address6 && !ipaddr_parse(i->address6, &address))
        dns_balancers_add(l, &address);
}

static json_t *name_json(const struct dns *d, const struct dns_entry *e)
{
    json_t *doc = json_object(), *records = json_array();

    for (size_t i = 0; i < e->records.n; i++)
        json_array_append_new(records, json_string(e->records.v[i]));
    json_set_str(doc, "name", e->name);
    json_object_set_new(doc, "records", records);
    json_set_str(doc, "state", dns_name_state(d, e->name));
    return doc;
}
