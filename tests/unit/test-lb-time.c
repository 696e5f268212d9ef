/* What only time decides: leavers, lingering services, the gate before a reload. */
#include <string.h>

#include "lb-template/gate.h"
#include "lb-template/leavers.h"
#include "lb-template/routing.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/lb-catalog.h"

static void plan_leaver(struct plan *p, const char *backend, const char *server)
{
    p->leavers = xgrow(p->leavers, p->n_leavers, &p->cap_leavers, sizeof *p->leavers);
    p->leavers[p->n_leavers++] = (struct plan_leaver){
        .backend = xstrdup(backend), .server = xstrdup(server), .trace = 0x1234};
}

static void is_commands(struct strv *got, const char *wanted, const char *name)
{
    CLEAN(free_str) char *joined = strv_join(got, "; ");

    is_str(joined, wanted, "%s", name);
    strv_done(got);
}

static void ask_and_judge(struct leavers *l, double now, const char *answer, struct strv *ret)
{
    struct strv answers = {0};

    strv_add(&answers, answer);
    leavers_judge(l, now, &answers, ret);
    strv_done(&answers);
}

#define REMOVE(s)                                                                                  \
    "set server b/" s " state maint; del server b/" s "; set server b/" s                          \
    " state drain; set server b/" s " state maint; del server b/" s

static int gone;

static void count_gone(const struct leaver *v)
{
    gone += v->trace == 0x1234;
}

static void test_leavers(void)
{
    struct leavers l = {0};
    struct plan p = {0};
    struct strv commands = {0}, asked = {0};
    static const char busy[] = "# head\nb/s 1/1 a 1 - 0 3\nb/t 1/2 a 1 - 0 0\n";

    is_int((long long)leavers_next(&l), 0, "nobody leaves");
    plan_leaver(&p, "b", "s");
    plan_leaver(&p, "b", "t");
    leavers_update(&l, &p, NULL, 100.);
    ok(leavers_next(&l) > 100. && leavers_next(&l) < 101., "a moment later they are looked at");
    leavers_ask(&l, 100., &commands, &asked);
    is_commands(&commands, "", "not at once");
    leavers_ask(&l, 101., &commands, &asked);
    is_commands(&commands, "show servers conn b", "one question per backend");
    is_commands(&asked, "b", "and it is said which");
    ask_and_judge(&l, 101., busy, &commands);
    is_commands(&commands, REMOVE("t"), "who is idle goes, who is busy stays");
    leavers_update(&l, &p, NULL, 101.);
    ok(leavers_next(&l) > 101., "the times are kept");
    ask_and_judge(&l, 159., busy, &commands);
    is_commands(&commands, REMOVE("t"), "until the deadline");
    ask_and_judge(&l, 170., busy, &commands);
    is_commands(&commands, REMOVE("s") "; " REMOVE("t"), "after it all go");
    ok(leavers_next(&l) > 170. && leavers_next(&l) < 176., "who was refused is tried again");
    leavers_settle(&l, &(struct runtime_servers){0}, count_gone);
    is_int(gone, 2, "who has gone is told");
    is_int((long long)leavers_next(&l), 0, "who has gone is forgotten");
    leavers_update(&l, &p, NULL, 200.);
    plan_done(&p);
    leavers_update(&l, &p, NULL, 201.);
    is_int((long long)leavers_next(&l), 0, "who is wanted again is forgotten");
    leavers_done(&l);
    plan_done(&p);
}

/* A plan for some backends says nothing of the others. */
static void test_scope(void)
{
    static const char text[] = "backend b\nbackend c\n";
    struct haproxy_cfg c = {0};
    struct backends scope = {0};
    struct leavers l = {0};
    struct plan p = {0};

    haproxy_cfg_parse(text, &c);
    backends_add(&scope, &c);
    backends_sort(&scope);
    plan_leaver(&p, "a", "s");
    plan_leaver(&p, "b", "s");
    plan_leaver(&p, "d", "s");
    leavers_update(&l, &p, NULL, 100.);
    plan_done(&p);
    plan_leaver(&p, "c", "s");
    leavers_update(&l, &p, &scope, 101.);
    is_int((long long)l.n, 3, "one has gone, one has come");
    ok(!strcmp(l.v[0].backend, "a") && !strcmp(l.v[1].backend, "c") && !strcmp(l.v[2].backend, "d"),
       "and all are in order");
    leavers_done(&l);
    plan_done(&p);
    backends_done(&scope);
    haproxy_cfg_done(&c);
}

static void describe(const struct routes *routes, struct sbuf *out)
{
    for (size_t i = 0; i < routes->n; i++) {
        const struct route *r = &routes->v[i];
        CLEAN(free_str) char *vhosts = strv_join(&r->vhosts, ",");

        sbuf_addf(out, "%s%s(%s)", i ? " " : "", r->backend, vhosts);
        for (size_t j = 0; j < r->n_service_ports; j++)
            sbuf_addf(out, ":%u", r->service_ports[j]);
        sbuf_addf(out, "*%zu", r->n_servers);
    }
}

static double linger(struct routing *r, const char *text, double now, const char *wanted)
{
    static const struct route_rules ports = {.http_port = 80};
    static const struct select all;
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    struct renderer_input in = lb_catalog_input(now, NULL);
    struct catalog catalog = {0};

    lb_catalog_set(&catalog, text);
    double next = routing_update(r, &(struct routing_rules){&ports, &all}, &catalog, &in);
    describe(&r->routes, &got);
    is_str(sbuf_str(&got), wanted, "at %.0f: %s", now, wanted);
    catalog_done(&catalog);
    return next;
}

#define A "a|n|n:a|1.2.3.4|1||vhost=a.example|service-port=1000\n"
#define B "b|n|n:b|1.2.3.4|2||vhost=b.example\n"
#define B_TAKES "b|n|n:b|1.2.3.4|2||vhost=b.example,a.example|service-port=1000\n"

static void test_lingering(void)
{
    struct routing l = {0};

    is_int((long long)linger(&l, A B, 100., "a(a.example):1000*1 b(b.example)*1"), 0, "none goes");
    is_int((long long)linger(&l, B, 200., "a(a.example):1000*0 b(b.example)*1"), 210,
           "a until 210");
    is_int((long long)linger(&l, B, 209., "a(a.example):1000*0 b(b.example)*1"), 210, "still");
    is_int((long long)linger(&l, A B, 209., "a(a.example):1000*1 b(b.example)*1"), 0, "a is back");
    is_int((long long)linger(&l, B, 300., "a(a.example):1000*0 b(b.example)*1"), 310,
           "and goes anew");
    linger(&l, B_TAKES, 301., "a()*0 b(a.example,b.example):1000*1");
    is_int((long long)linger(&l, B, 310., "b(b.example)*1"), 0, "its time is over");
    linger(&l, "", 400., "b(b.example)*0");
    is_int((long long)linger(&l, "", 410., ""), 0, "nothing is left");
    routing_done(&l);
}

static double pause_after(double seconds, unsigned old_workers)
{
    struct gate g = {0};

    gate_close(&g, 1000., seconds, old_workers);
    return g.open_at - 1000.;
}

static void test_gate(void)
{
    struct gate g = {0};

    ok(gate_is_open(&g, 0.), "the first time at once");
    gate_close(&g, 100., 0.1, 0);
    ok(!gate_is_open(&g, 100.9) && gate_is_open(&g, 101.), "a second later again");
    is_int((long long)pause_after(2., 0), 10, "slow reloads are apart");
    is_int((long long)pause_after(60., 0), 30, "but not for ever");
    is_int((long long)pause_after(0., 4), 1, "few old workers are no reason to wait");
    is_int((long long)pause_after(0., 7), 8, "many are");
    is_int((long long)pause_after(0., 4000000), 30, "at most so long");
    ok(!gate_refuses(&g, 0., 7), "nothing is refused");
    gate_refused(&g, 100., 7, "bad", 160.);
    ok(gate_refuses(&g, 159., 7) && !gate_is_open(&g, 100.5), "what was refused waits");
    ok(!gate_refuses(&g, 159., 8), "another structure does not");
    ok(!gate_refuses(&g, 160., 7), "until it is time");
    gate_refused(&g, 200., 8, "worse", 260.);
    is_str(g.why, "worse", "the last reason counts");
    gate_accepted(&g);
    ok(!gate_refuses(&g, 201., 8), "what was accepted is over");
    gate_done(&g);
}

int main(void)
{
    test_leavers();
    test_scope();
    test_lingering();
    test_gate();
    return tap_done();
}
