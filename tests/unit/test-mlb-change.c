/* What a change costs: pieces that are the same keep their stamps. */
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/mlb-document.h"

static struct mlb_document d;
static struct mlb *m;
static const struct rendering *r;
static struct problems problems;

static void render_without(const char *owner)
{
    struct strv without = {0};

    if (owner)
        strv_add(&without, owner);
    problems_done(&problems);
    r = mlb_document_render(m, &without, &problems);
    strv_done(&without);
}

/* The stamp of the piece of 'owner'; NULL: of what all share. */
static uint64_t stamp_of(const char *owner)
{
    for (size_t i = 1; i < r->n; i++)
        if (owner ? r->v[i].owner && !strcmp(r->v[i].owner, owner) : !r->v[i].owner)
            return r->v[i].stamp;
    return 0;
}

static bool shared_has(const char *text)
{
    return strstr(r->v[1].text, text);
}

/* One app with one task at port 31000 of each of the 'n' hosts. */
static void put_app(const char *id, const char *labels, unsigned port, unsigned n)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct marathon_app app = {0};

    sbuf_addf(&text,
              "{\"id\":\"%s\",\"instances\":%u,\"labels\":{\"HAPROXY_GROUP\":\"external\"%s},"
              "\"networks\":[{\"mode\":\"host\"}],\"portDefinitions\":[{\"port\":%u}],\"tasks\":[",
              id, n, labels, port);
    for (unsigned i = 0; i < n; i++)
        sbuf_addf(&text,
                  "%s{\"id\":\"t%u\",\"host\":\"192.0.2.%u\",\"ports\":[31000],"
                  "\"state\":\"TASK_RUNNING\"}",
                  i ? "," : "", i, i + 1);
    sbuf_adds(&text, "]}");
    marathon_app_parse(text.data, text.len, &app, NULL, NULL);
    marathon_apps_put(&d.apps, &app);
    mlb_mark(m, id);
}

static void test_task(void)
{
    uint64_t a = stamp_of("/a"), b = stamp_of("/b"), shared = stamp_of(NULL);

    put_app("/b", ",\"HAPROXY_0_VHOST\":\"b.example\"", 10002, 3);
    render_without(NULL);
    ok(stamp_of("/b") && stamp_of("/b") != b, "one more task: its app's piece is another one");
    ok(a == stamp_of("/a"), "... the other app's is the same");
    ok(shared == stamp_of(NULL), "... and so is what all share");
    b = stamp_of("/b");
    mlb_mark(m, NULL);
    render_without(NULL);
    ok(b == stamp_of("/b") && a == stamp_of("/a") && shared == stamp_of(NULL),
       "reading all again changes nothing");
}

static void test_vhost(void)
{
    uint64_t a = stamp_of("/a"), shared = stamp_of(NULL);

    put_app("/b", ",\"HAPROXY_0_VHOST\":\"c.example\"", 10002, 3);
    render_without(NULL);
    ok(shared != stamp_of(NULL) && shared_has("c.example") && !shared_has("b.example"),
       "another host: the shared rules are others");
    ok(a == stamp_of("/a"), "... the other app's piece is the same");
    put_app("/b", ",\"HAPROXY_0_VHOST\":\"c.example\"", 10002, 0);
    render_without(NULL);
    ok(!stamp_of("/b") && !shared_has("c.example"), "without tasks it has neither");
    put_app("/b", ",\"HAPROXY_0_VHOST\":\"c.example\"", 10002, 1);
    render_without(NULL);
    ok(stamp_of("/b") && shared_has("c.example"), "with one again it has both");
}

static void test_coming_and_going(void)
{
    uint64_t a = stamp_of("/a");

    put_app("/c", "", 10003, 1);
    render_without(NULL);
    ok(stamp_of("/c") && a == stamp_of("/a"), "an app comes");
    marathon_apps_remove(&d.apps, "/c");
    mlb_mark(m, "/c");
    render_without(NULL);
    ok(!stamp_of("/c") && a == stamp_of("/a"), "an app goes");
}

static void test_claims(void)
{
    put_app("/c", "", 10001, 1);
    render_without(NULL);
    is_int((long long)problems.n, 1, "/c asks for the port of /a");
    render_without(NULL);
    is_int((long long)problems.n, 1, "... as long as both are there");
    uint64_t c = stamp_of("/c");
    render_without("/a");
    ok(stamp_of("/c") != c && !problems.n, "HAProxy refuses /a: /c has the port");
    uint64_t a = stamp_of("/a");
    render_without("/a");
    ok(a && a == stamp_of("/a"), "... and /a's piece is still told apart from another one");
    put_app("/0", "", 10001, 1);
    render_without(NULL);
    is_int((long long)problems.n, 2, "/0 is lower than both");
}

static void test_without(void)
{
    render_without("/b");
    ok(!shared_has("c.example"), "what HAProxy refuses has no rules in what all share");
    render_without(NULL);
    ok(shared_has("c.example"), "... and has them again");
}

static int probe(void *arg, unsigned port, struct err **err)
{
    return port == *(unsigned *)arg ? err_set(err, "port %u is in use", port) : 0;
}

static void test_probe(void)
{
    static const struct strv nobody;
    unsigned taken = 10009;
    struct renderer_input in = {
        .without = &nobody, .probe = probe, .arg = &taken, .problems = &problems};

    problems_done(&problems);
    put_app("/p", "", 10009, 1);
    r = mlb_renderer(m)->render(mlb_renderer(m), &in, NULL);
    uint64_t before = stamp_of("/p");
    ok(before && problems.n, "a port of another program is reported, and the backend is there");
    taken = 0;
    r = mlb_renderer(m)->render(mlb_renderer(m), &in, NULL);
    ok(before != stamp_of("/p"), "when it is free, the frontend is there, too");
    uint64_t after = stamp_of("/p");
    taken = 10009;
    r = mlb_renderer(m)->render(mlb_renderer(m), &in, NULL);
    ok(after == stamp_of("/p"), "what is open is not asked for again");
}

int main(void)
{
    mlb_document_read(&d, "{}", 2);
    struct mlb_source source = mlb_document_source(&d);
    m = mlb_new(&d.options, &source);
    put_app("/a", ",\"HAPROXY_0_VHOST\":\"a.example\"", 10001, 2);
    put_app("/b", ",\"HAPROXY_0_VHOST\":\"b.example\"", 10002, 2);
    render_without(NULL);
    is_int((long long)problems.n, 0, "nothing is odd");
    test_task();
    test_vhost();
    test_coming_and_going();
    test_claims();
    test_without();
    test_probe();
    mlb_free(m);
    problems_done(&problems);
    mlb_document_done(&d);
    return tap_done();
}
