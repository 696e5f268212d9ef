#include "registrator/derived.h"

#include <stdlib.h>

#include "lib/xmalloc.h"
#include "tests/tap.h"

#define N 3

static const struct kvs none;

/* Containers "0", "1" and "2", each with one published port. */
static void set_all(struct endpoint *v)
{
    static const char *const ids[N] = {"a0", "a1", "a2"};

    for (size_t i = 0; i < N; i++)
        v[i] = (struct endpoint){.container_id = ids[i],
                                 .container_name = ids[i] + 1,
                                 .image = "nginx",
                                 .env = &none,
                                 .labels = &none,
                                 .network = "bridge",
                                 .revision = 1,
                                 .reach = REACH_PUBLISHED,
                                 .protocol = IPPROTO_TCP,
                                 .container_port = 80,
                                 .host_addr = ipaddr_any4(),
                                 .host_port = (uint16_t)(8000 + i)};
}

static bool update(struct derived *d, const struct endpoint *v, size_t n)
{
    struct registrator_config config = {.node = "n", .host_addr = ipaddr_any4()};
    static const struct strv tags;

    return derived_update(d, &config, &tags, v, n);
}

/* "id=service:port ..." of all that is collected, then the problems' subjects. */
static char *collected(const struct derived *d)
{
    struct instances l = {0};
    struct problems problems = {0};
    struct strv words = {0};

    derived_collect(d, &l, &problems);
    for (size_t i = 0; i < l.n; i++)
        strv_add_take(&words, xasprintf("%s=%s:%u", l.v[i].id, l.v[i].service, l.v[i].port));
    for (size_t i = 0; i < problems.n; i++)
        strv_add(&words, problems.v[i].subject);
    char *text = strv_join(&words, " ");
    strv_done(&words);
    problems_done(&problems);
    free(l.v);
    return text;
}

static void expect(const struct derived *d, const char *text, const char *name)
{
    CLEAN(free_str) char *got = collected(d);

    is_str(got, text, "%s", name);
}

/* Another configuration is like other endpoints: what it changes is new, the rest stays as lent. */
static void test_another_config(void)
{
    struct registrator_config config = {.node = "n", .host_addr = ipaddr_any4()};
    struct strv none_at_all = {0}, tags = {0};
    struct derived d = {0};
    struct endpoint v[N];

    set_all(v);
    strv_add(&tags, "blue");
    derived_update(&d, &config, &none_at_all, v, N);
    derived_forget(&d);
    ok(!derived_update(&d, &config, &none_at_all, v, N), "the same once more is nothing new");
    derived_forget(&d);
    ok(derived_update(&d, &config, &tags, v, N), "a tag more is");
    expect(&d, "n:0:80=nginx:8000 n:1:80=nginx:8001 n:2:80=nginx:8002", "all are there");
    ok(!derived_update(&d, &config, &none_at_all, v, N), "it is looked at once only");
    strv_done(&tags);
    derived_done(&d);
}

static void test_members(void)
{
    struct derived d = {0};
    struct endpoint v[N];

    set_all(v);
    ok(!update(&d, v, 0), "nothing comes of nothing");
    ok(update(&d, v, 1), "one is new");
    ok(!update(&d, v, 1), "and then known");
    ok(update(&d, v, N), "two more come");
    expect(&d, "n:0:80=nginx:8000 n:1:80=nginx:8001 n:2:80=nginx:8002", "all are there");
    ok(update(&d, v + 1, N - 1), "the first one goes");
    expect(&d, "n:1:80=nginx:8001 n:2:80=nginx:8002", "the others stay");
    ok(update(&d, v, 1), "all the others for it");
    expect(&d, "n:0:80=nginx:8000", "it is alone");
    ok(update(&d, v, 0), "and goes, too");
    expect(&d, "", "nothing is left");
    derived_done(&d);
}

/* What a revision says is believed: the labels are not even looked at. */
static void test_revision(void)
{
    struct derived d = {0};
    struct endpoint v[N];
    struct kvs named = {0};

    kvs_add(&named, "SERVICE_NAME", "web");
    set_all(v);
    update(&d, v, 1);
    v[0].labels = &named;
    ok(!update(&d, v, 1), "the same revision has the same labels");
    expect(&d, "n:0:80=nginx:8000", "they are not read again");
    v[0].revision = 2;
    ok(update(&d, v, 1), "another one may have others");
    expect(&d, "n:0:80=web:8000", "which are read");
    v[0].revision = 3;
    ok(!update(&d, v, 1), "or the same");
    v[0].revision = 0;
    v[0].labels = &none;
    ok(update(&d, v, 1), "without revisions, they are read each time");
    v[0].labels = &named;
    ok(update(&d, v, 1), "and again");
    derived_done(&d);
    kvs_done(&named);
}

static void test_endpoint(void)
{
    struct derived d = {0};
    struct endpoint v[N];
    char network[] = "bridge";

    set_all(v);
    v[0].network = network;
    update(&d, v, 1);
    v[0].host_port = 9000;
    ok(update(&d, v, 1), "another host port");
    v[0].draining = true;
    ok(update(&d, v, 1), "a container that is to stop");
    v[0].health = HEALTH_UNHEALTHY;
    ok(update(&d, v, 1), "one that is not well");
    network[0] = 'B';
    ok(update(&d, v, 1), "a network of another name");
    v[0].reach = REACH_NONE;
    ok(update(&d, v, 1), "no way to reach it");
    expect(&d, "", "nothing comes of that");
    derived_done(&d);
}

static void test_double_ids(void)
{
    struct derived d = {0};
    struct endpoint v[N];
    struct kvs named = {0};

    kvs_add(&named, "SERVICE_ID", "one");
    set_all(v);
    v[0].labels = v[2].labels = &named;
    update(&d, v, N);
    expect(&d, "n:1:80=nginx:8001 one=nginx:8000 service id one", "the first one has the id");
    update(&d, v + 1, N - 1);
    expect(&d, "n:1:80=nginx:8001 one=nginx:8002", "without it, the other one");
    derived_done(&d);
    kvs_done(&named);
}

/* What is lent stays valid as long as nothing is said to have changed. */
static void test_lent(void)
{
    struct derived d = {0};
    struct endpoint v[N];
    struct instances l = {0};

    set_all(v);
    update(&d, v, 1);
    derived_collect(&d, &l, NULL);
    v[0].revision = 2;
    ok(!update(&d, v, 1), "read again, and the same");
    is_str(l.v[0].id, "n:0:80", "what was lent is still there");
    free(l.v);
    derived_done(&d);
}

int main(void)
{
    test_members();
    test_another_config();
    test_revision();
    test_endpoint();
    test_double_ids();
    test_lent();
    return tap_done();
}
