#include "lb-template/dns.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/dns_exchange.h"
#include "lb-template/dns_key.h"
#include "lb-template/dns_message.h"
#include "lb-template/dns_plan.h"
#include "lb-template/name.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "dns"

struct dns {
    struct ev_loop *loop;
    char *zone, *owner;
    struct dns_rules rules;
    struct ipaddr server;
    uint16_t port;
    struct dns_key key;
    double resync;
    struct sync sync;
    void (*on_change)(void *arg);
    void *arg;
    bool turn;
    bool has_wanted;   /* dns_update() has been called */
    bool has_balancer; /* in the last one */
    struct dns_entries wanted;
    struct problems said;     /* about what is wanted */
    struct problems problems; /* and about what the zone has */
    bool settled;             /* the zone has what is wanted, but for what is refused */

    /* the pass */
    struct dns_exchange *exchange;
    struct dns_message message;
    enum dns_verdict verdict;
    struct err *err; /* with DNS_FAILED */
    struct dns_zone actual;
    struct dns_changes changes;
    size_t at; /* the change under way */
    struct problems now;
    bool stale; /* what is wanted has changed since it began */
    bool again; /* it looks again at a name that was not what the zone said */
};

static int read_config(struct dns *d, const struct dns_config *config, struct err **err);
static void pass(void *owner);
static void transfer(struct dns *d);
static void on_transferred(void *arg, const struct err *err);
static void step(struct dns *d);
static void on_written(void *arg, const struct err *err);
static void note_answer(struct dns *d, const struct dns_change *c);
static void note_refusal(struct dns *d, const char *name);
static void ask(struct dns *d, bool tcp, void (*on_end)(void *arg, const struct err *err));
static enum dns_reply on_answer(void *arg, const uint8_t *answer, size_t len);
static struct err *take_error(struct dns *d, const struct err *err, const char *what);
static void finish(struct dns *d, struct err *err);
static void report(struct dns *d);

struct dns *dns_new(struct ev_loop *loop, const struct dns_config *config,
                    void (*on_change)(void *arg), void *arg, struct err **err)
{
    struct dns *d = xcalloc(1, sizeof *d);

    d->loop = loop;
    d->on_change = on_change;
    d->arg = arg;
    d->resync = config->resync;
    sync_init(&d->sync, loop, AREA, pass, d, config->resync);
    if (read_config(d, config, err)) {
        dns_free(d);
        return NULL;
    }
    return d;
}

void dns_free(struct dns *d)
{
    if (!d)
        return;
    sync_done(&d->sync);
    dns_exchange_cancel(d->exchange);
    dns_message_done(&d->message);
    dns_zone_done(&d->actual);
    dns_changes_done(&d->changes);
    dns_entries_done(&d->wanted);
    problems_done(&d->said);
    problems_done(&d->problems);
    problems_done(&d->now);
    err_free(d->err);
    dns_key_done(&d->key);
    free(d->zone);
    free(d->owner);
    free(d);
}

bool dns_is_same(const struct dns *a, const struct dns *b)
{
    return !strcmp(a->zone, b->zone) && !strcmp(a->owner, b->owner) &&
           a->rules.ttl == b->rules.ttl && a->rules.services == b->rules.services &&
           !ipaddr_cmp(&a->server, &b->server) && a->port == b->port && a->resync == b->resync &&
           !strcmp(a->key.name, b->key.name) && !strcmp(a->key.algorithm, b->key.algorithm) &&
           !strcmp(a->key.secret, b->key.secret);
}

void dns_update(struct dns *d, const struct lb_backend *v, size_t n,
                const struct dns_balancers *balancers)
{
    struct dns_entries now = {0};
    struct problems said = {0};

    dns_want(&d->rules, v, n, balancers, &now, &said);
    bool same = d->has_wanted && d->has_balancer == (balancers->n > 0) &&
                dns_entries_equal(&now, &d->wanted) && problems_equal(&said, &d->said);
    d->has_wanted = true;
    d->has_balancer = balancers->n > 0;
    dns_entries_done(same ? &now : &d->wanted);
    problems_done(same ? &said : &d->said);
    if (same)
        return;
    d->wanted = now;
    d->said = said;
    d->settled = false;
    d->stale = true;
    if (d->turn)
        sync_kick(&d->sync);
}

void dns_set_turn(struct dns *d, bool ours)
{
    if (ours == d->turn)
        return;
    d->turn = ours;
    d->settled = false;
    if (d->has_wanted)
        sync_kick(&d->sync);
}

void dns_resync(struct dns *d)
{
    sync_kick(&d->sync);
}

bool dns_has_turn(const struct dns *d)
{
    return d->turn;
}

const struct dns_entries *dns_wanted(const struct dns *d)
{
    return &d->wanted;
}

const char *dns_name_state(const struct dns *d, const char *name)
{
    if (!d->turn)
        return "another's turn";
    for (size_t i = 0; i < d->problems.n; i++)
        if (!strcmp(d->problems.v[i].subject, name))
            return "refused";
    return d->settled ? "written" : "waiting";
}

const char *dns_zone_name(const struct dns *d)
{
    return d->zone;
}

const struct problems *dns_problems(const struct dns *d)
{
    return &d->problems;
}

const struct sync *dns_sync(const struct dns *d)
{
    return &d->sync;
}

static int read_config(struct dns *d, const struct dns_config *config, struct err **err)
{
    d->zone = name_host(config->zone, strlen(config->zone));
    if (!d->zone)
        return err_set(err, "[dns] zone = %s is no domain name", config->zone);
    d->owner = xstrdup(config->owner);
    d->rules = (struct dns_rules){d->zone, config->ttl, config->services};
    if (dns_server_parse(config->server, &d->server, &d->port, err))
        return err_wrap(err, "[dns] server = %s", config->server);
    return dns_key_load(config->key_file, &d->key, err) ? err_wrap(err, "[dns] key_file") : 0;
}

/* ---- the pass: what the zone has, then one update for each name that differs ---- */

static void pass(void *owner)
{
    struct dns *d = owner;

    d->stale = false;
    if (!d->turn || !d->has_wanted) {
        finish(d, NULL);
    } else if (!d->has_balancer) {
        problems_add(&d->now, d->zone,
                     "no load balancer is known to live: the names in DNS stay as they are");
        finish(d, NULL);
    } else {
        transfer(d);
    }
}

static void transfer(struct dns *d)
{
    struct err *err = NULL;

    if (dns_message_transfer(&d->message, &d->key, d->zone, &err))
        finish(d, err);
    else
        ask(d, true, on_transferred);
}

static void on_transferred(void *arg, const struct err *err)
{
    struct dns *d = arg;

    d->exchange = NULL;
    if (err || d->verdict != DNS_DONE) {
        finish(d, take_error(d, err, "cannot transfer the zone"));
        return;
    }
    dns_zone_sort(&d->actual);
    dns_plan(&d->wanted, &d->actual, d->owner, &d->changes, &d->now);
    dns_zone_done(&d->actual);
    d->at = 0;
    step(d);
}

/* Where it is not our turn any more, or something else is wanted, the next pass goes on. */
static void step(struct dns *d)
{
    struct err *err = NULL;

    if (d->at == d->changes.n || !d->turn || d->stale) {
        d->settled = d->at == d->changes.n && !d->stale && d->turn;
        finish(d, NULL);
    } else if (dns_message_update(&d->message, &d->key, d->zone, d->owner, &d->changes.v[d->at],
                                  &err)) {
        finish(d, err);
    } else {
        ask(d, false, on_written);
    }
}

static void on_written(void *arg, const struct err *err)
{
    struct dns *d = arg;
    const struct dns_change *c = &d->changes.v[d->at];

    d->exchange = NULL;
    if (!err && d->verdict != DNS_FAILED) {
        note_answer(d, c);
        d->at++;
        step(d);
        return;
    }
    CLEAN(free_str) char *what = xasprintf("cannot update %s", c->name);
    finish(d, take_error(d, err, what));
}

static void note_answer(struct dns *d, const struct dns_change *c)
{
    CLEAN(free_str) char *records = strv_join(&c->records, ", ");

    if (d->verdict == DNS_DONE) {
        log_info(AREA, "%s: %s %s", dns_action_name(c->action), c->name, records);
    } else if (d->verdict == DNS_DECLINED) {
        problems_add(&d->now, c->name, "%s", err_msg(d->err));
        err_free(d->err);
        d->err = NULL;
    } else {
        note_refusal(d, c->name);
    }
}

/* An update that arrived twice finds the name taken, by us: the next pass sees that. It looks again
 * only once, should the server say one thing in a transfer and another one in an update. */
static void note_refusal(struct dns *d, const char *name)
{
    if (d->again) {
        problems_add(
            &d->now, name,
            "the DNS server says that this name is not as in the zone that it transferred: "
            "the name is left alone for now");
        return;
    }
    log_info(AREA, "%s is not what it was in DNS any more: looking again", name);
    d->again = d->stale = true;
    sync_kick(&d->sync);
}

/* ---- one question ---- */

static void ask(struct dns *d, bool tcp, void (*on_end)(void *arg, const struct err *err))
{
    d->verdict = DNS_STRANGE;
    d->exchange = dns_exchange_start(d->loop, &(struct dns_exchange_call){
                                                  .server = d->server,
                                                  .port = d->port,
                                                  .question = d->message.wire,
                                                  .len = d->message.len,
                                                  .tcp = tcp,
                                                  .on_answer = on_answer,
                                                  .on_end = on_end,
                                                  .arg = d,
                                              });
}

static enum dns_reply on_answer(void *arg, const uint8_t *answer, size_t len)
{
    struct dns *d = arg;
    bool transfers = !d->changes.n;

    d->verdict = dns_message_read(&d->message, answer, len, transfers ? &d->actual : NULL, &d->err);
    switch (d->verdict) {
    case DNS_STRANGE:
        return DNS_REPLY_STRANGE;
    case DNS_TRUNCATED:
        return DNS_REPLY_TRUNCATED;
    case DNS_MORE:
        return DNS_REPLY_MORE;
    case DNS_DONE:
    case DNS_REFUSED:
    case DNS_DECLINED:
    case DNS_FAILED:
        dns_message_done(&d->message);
        return DNS_REPLY_LAST;
    }
    return DNS_REPLY_STRANGE;
}

/* What went wrong on the way, or what the server said, as an error of the pass. */
static struct err *take_error(struct dns *d, const struct err *err, const char *what)
{
    struct err *taken = TAKE_PTR(d->err);
    char at[IPADDR_STRLEN];

    if (err && !taken)
        err_set(&taken, "%s", err_msg(err));
    err_wrap(&taken, "%s (zone %s, server %s)", what, d->zone,
             ipaddr_format_port(&d->server, d->port, at));
    return taken;
}

/* Takes 'err' over. What is refused is known after a pass that came to its end. */
static void finish(struct dns *d, struct err *err)
{
    dns_message_done(&d->message);
    dns_zone_done(&d->actual);
    dns_changes_done(&d->changes);
    err_free(d->err);
    d->err = NULL;
    d->again = d->again && d->stale;
    if (!err && !d->stale)
        report(d);
    problems_done(&d->now);
    sync_finish(&d->sync, err);
    d->on_change(d->arg);
}

static void report(struct dns *d)
{
    for (size_t i = 0; i < d->said.n; i++)
        problems_add(&d->now, d->said.v[i].subject, "%s", d->said.v[i].text);
    problems_report(AREA, &d->problems, &d->now);
}
