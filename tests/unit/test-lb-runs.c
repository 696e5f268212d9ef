#include "lb-template/runs.h"

#include <stdlib.h>

#include "lib/sbuf.h"
#include "tests/tap.h"

static struct sbuf said = SBUF_INIT;

static void say(uint32_t trace, enum trace_step step)
{
    sbuf_addf(&said, "%s%c%u", said.len ? " " : "", step == TRACE_APPLIED ? '+' : '-', trace);
}

static char a_name[] = "a", b_name[] = "b";

/* One backend with two servers at most; a weight below 0: there is none. */
struct row {
    char *backend;
    uint64_t stamp;
    uint32_t trace[2];
    int weight[2];
};

static void update(struct runs *r, const struct row *rows, size_t n, const char *without,
                   const char *wanted, const char *name)
{
    static char names[][3] = {"s1", "s2"};
    struct route v[4] = {0};
    struct route_server servers[4][2] = {0};
    struct strv left_out = {0};

    for (size_t i = 0; i < n; i++) {
        v[i] = (struct route){.backend = rows[i].backend,
                              .service = rows[i].backend,
                              .stamp = rows[i].stamp,
                              .servers = servers[i]};
        for (size_t k = 0; k < 2; k++)
            if (rows[i].weight[k] >= 0)
                servers[i][v[i].n_servers++] = (struct route_server){
                    .name = names[k],
                    .trace = rows[i].trace[k],
                    .weight = (unsigned)rows[i].weight[k],
                };
    }
    if (without)
        strv_add(&left_out, without);
    sbuf_clear(&said);
    runs_update(r, &(struct routes){.v = v, .n = n}, &left_out, say);
    is_str(sbuf_str(&said), wanted, "%s", name);
    strv_done(&left_out);
}

static void test_steps(void)
{
    struct runs r = {0};
    struct row a = {a_name, 1, {11, 12}, {100, -1}}, b = {b_name, 2, {21, 22}, {100, 100}};

    update(&r, &a, 1, NULL, "+11", "a first server");
    update(&r, &a, 1, NULL, "", "nothing new");
    update(&r, (struct row[]){a, b}, 2, NULL, "+22 +21", "another backend");
    a.weight[1] = 50;
    update(&r, (struct row[]){a, b}, 2, NULL, "", "what has no new stamp is not looked at");
    a.stamp = 3;
    update(&r, (struct row[]){a, b}, 2, NULL, "+12", "a second server");
    a.stamp = 4;
    a.weight[0] = 0;
    update(&r, (struct row[]){a, b}, 2, NULL, "-11", "a drained one");
    a.stamp = 5;
    a.weight[0] = -1;
    update(&r, (struct row[]){a, b}, 2, NULL, "", "that goes");
    b.stamp = 6;
    b.trace[0] = 31;
    update(&r, (struct row[]){a, b}, 2, NULL, "-21 +31", "another run in its place");
    is_int(runs_trace(&r, "b", "s1"), 31, "the trace of a server");
    is_int(runs_trace(&r, "a", "s1"), 0, "of one that is gone");
    is_int(runs_trace(&r, "c", "s1"), 0, "of an unknown backend");
    update(&r, &b, 1, NULL, "-12", "a whole backend goes");
    update(&r, NULL, 0, NULL, "-22 -31", "and the last one");
    runs_done(&r);
}

/* What HAProxy refuses stays as it was. */
static void test_banned(void)
{
    struct runs r = {0};
    struct row a = {a_name, 1, {11, 12}, {100, -1}};

    update(&r, &a, 1, "a", "", "left out from the beginning");
    update(&r, &a, 1, NULL, "+11", "until HAProxy takes it");
    a.stamp = 2;
    a.weight[1] = 100;
    update(&r, &a, 1, "a", "", "refused again");
    is_int(runs_trace(&r, "a", "s1"), 11, "what was there stays");
    update(&r, &a, 1, NULL, "+12", "taken again");
    runs_done(&r);
}

int main(void)
{
    test_steps();
    test_banned();
    sbuf_done(&said);
    return tap_done();
}
