#include "agent/agent_announce.h"

#include <stdlib.h>

#include "agent/lb_announce.h"
#include "lib/xmalloc.h"
#include "registrator/open.h"

#define AREA "announce"

static void find_wanted(const struct agent *a, struct instances *ret, struct problems *problems);
static bool is_settled(const struct agent *a);
static struct lb_announce_rules rules_of(const struct agent *a, const char *mark);

int agent_open_announcer(struct agent *a, const struct address *address,
                         const struct consul_access *consul, struct err **err)
{
    CLEAN(free_str) char *mark = lb_announce_mark(a->node);
    struct registry_options options = {.node = mark, .consul = *consul};
    struct registry *registry = registry_open(a->loop, a->http, address, &options, err);

    if (!registry)
        return -1;
    a->announcer = announcer_new(a->loop, registry, a->config->resync);
    return 0;
}

void agent_announce(struct agent *a)
{
    struct instances wanted = {0};
    struct problems problems = {0};

    if (!a->announcer || !is_settled(a))
        return;
    bool speaks = a->lb && *a->config->announce && lb_is_running(a->lb);
    uint64_t stamp = speaks ? lb_offer_stamp(a->lb) : 0;
    if (stamp && stamp == a->announced)
        return;
    a->announced = stamp;
    if (speaks)
        find_wanted(a, &wanted, &problems);
    announcer_want(a->announcer, &wanted);
    instances_done(&wanted);
    problems_report(AREA, &a->announce_problems, &problems);
    problems_done(&problems);
}

void agent_lb_addresses(const struct agent *a, struct ipaddr *ret, struct ipaddr *ret6)
{
    struct ipaddr said = {0};
    const char *text = *a->config->lb_address ? a->config->lb_address : a->config->bind;

    *ret6 = (struct ipaddr){0};
    if (!ipaddr_parse(text, &said) && !ipaddr_is_any(&said) &&
        (*a->config->lb_address || !ipaddr_is_loopback(&said))) {
        *ret = said;
        return;
    }
    *ret = a->address;
    *ret6 = a->address6;
}

static void find_wanted(const struct agent *a, struct instances *ret, struct problems *problems)
{
    CLEAN(free_str) char *mark = lb_announce_mark(a->node);
    struct lb_announce_rules rules = rules_of(a, mark);
    struct lb_backends offer = {0};

    lb_offer(a->lb, &offer);
    lb_announce_instances(&rules, offer.v, offer.n, ret, problems);
    lb_backends_done(&offer);
}

/* Before HAProxy was asked once, nobody knows what it serves. */
static bool is_settled(const struct agent *a)
{
    return !a->lb || lb_sync(a->lb)->passes > 0;
}

static struct lb_announce_rules rules_of(const struct agent *a, const char *mark)
{
    const struct config *c = a->config;
    unsigned https_port = *c->certs ? c->https_port : 0;
    struct lb_announce_rules rules = {.service = c->announce,
                                      .node = a->node,
                                      .mark = mark,
                                      .port = c->http_port ? c->http_port : https_port};

    agent_lb_addresses(a, &rules.address, &rules.address6);
    rules.check_at = rules.address;
    rules.check_port = rules.port;
    if (!rules.check_port && c->stats_port) {
        ipaddr_parse("127.0.0.1", &rules.check_at);
        rules.check_port = c->stats_port;
    }
    return rules;
}
