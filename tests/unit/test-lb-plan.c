#include <string.h>

#include "lb-template/plan.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define LINE(backend, name, address, port, op, admin, weight)                                      \
    "1 " backend " 1 " name " " address " " op " " admin " " weight " 100 1 1 1 1 6 0 0 1 - " port \
    " - 0 0 - - 0\n"
#define UP(backend, name, address, port) LINE(backend, name, address, port, "2", "0", "100")

struct plan_case {
    const char *name;
    const char *wanted, *loaded;  /* configurations; NULL: the same */
    const char *servers;          /* lines of `show servers state` */
    const char *wanted_map, *map; /* "host backend" pairs, all words in a row */
    const char *commands;         /* with "; " between */
    const char *leavers;          /* with spaces between */
};

static const struct plan_case cases[] = {
    {.name = "nothing to do",
     .wanted = "backend b\nserver s 1.2.3.4:80 weight 100 check\n",
     .servers = UP("b", "s", "1.2.3.4", "80"),
     .wanted_map = "h b",
     .map = "h b",
     .commands = "",
     .leavers = ""},
    {.name = "a new server",
     .wanted = "backend b\nserver s 1.2.3.4:80 id 7 weight 100 check\n"
               "server t [::1]:81 weight 0 check\n",
     .servers = "",
     .commands = "add server b/s 1.2.3.4:80 id 7 weight 100 check; enable server b/s; "
                 "enable health b/s; add server b/t [::1]:81 weight 0 check; enable server b/t; "
                 "enable health b/t",
     .leavers = ""},
    {.name = "only what has a check is checked",
     .wanted = "backend b\nserver s 1.2.3.4:80 agent-check inter 2s\n"
               "server t 1.2.3.4:81 inter 2s check\n",
     .servers = "",
     .commands = "add server b/s 1.2.3.4:80 weight 1 agent-check inter 2s; enable server b/s; "
                 "add server b/t 1.2.3.4:81 weight 1 inter 2s check; enable server b/t; "
                 "enable health b/t",
     .leavers = ""},
    {.name = "a new server where HAProxy makes cookies",
     .wanted = "backend b\ncookie c insert dynamic\ndynamic-cookie-key k\n"
               "server s 1.2.3.4:80 weight 100 check\n",
     .servers = "",
     .commands = "add server b/s 1.2.3.4:80 weight 100 check; enable server b/s; "
                 "enable health b/s; enable dynamic-cookie backend b",
     .leavers = ""},
    {.name = "the new before the old",
     .wanted = "backend b\nserver z 1.2.3.4:80 weight 100 check\n",
     .servers = UP("b", "a", "1.2.3.4", "80"),
     .commands = "add server b/z 1.2.3.4:80 weight 100 check; enable server b/z; "
                 "enable health b/z; set server b/a weight 0",
     .leavers = "b/a"},
    {.name = "another address",
     .wanted = "backend b\nserver s [::2]:81 weight 100 check\n",
     .servers = UP("b", "s", "::1", "80"),
     .commands = "set server b/s addr ::2 port 81",
     .leavers = ""},
    {.name = "the same address, written differently",
     .wanted = "backend b\nserver s [::1:0]:80 weight 100 check\n",
     .servers = UP("b", "s", "0::1:0", "80"),
     .commands = "",
     .leavers = ""},
    {.name = "a drain comes last, its end early",
     .wanted = "backend b\nserver s 1.2.3.4:80 weight 0 check\n"
               "server t 1.2.3.4:81 weight 100 check\n",
     .servers = UP("b", "s", "1.2.3.4", "80") LINE("b", "t", "1.2.3.4", "81", "2", "0", "0"),
     .commands = "set server b/t weight 100; set server b/s weight 0",
     .leavers = ""},
    {.name = "out of maintenance",
     .wanted = "backend b\nserver s 1.2.3.4:80 weight 100 check\n",
     .servers = LINE("b", "s", "1.2.3.4", "80", "0", "1", "100"),
     .commands = "set server b/s state ready; enable health b/s",
     .leavers = ""},
    {.name = "one that was never checked",
     .wanted = "backend b\nserver s 1.2.3.4:80 weight 100 check\n",
     .servers = "1 b 1 s 1.2.3.4 2 0 100 100 1 1 1 1 2 0 0 1 - 80 - 0 0 - - 0\n",
     .commands = "set server b/s state ready; enable health b/s",
     .leavers = ""},
    {.name = "one without a check",
     .wanted = "backend b\nserver s 1.2.3.4:80 weight 100\n",
     .servers = "1 b 1 s 1.2.3.4 2 0 100 100 1 1 1 1 0 0 0 1 - 80 - 0 0 - - 0\n",
     .commands = "",
     .leavers = ""},
    {.name = "a leaver that is drained is left in peace",
     .wanted = "backend b\n",
     .servers = LINE("b", "s", "1.2.3.4", "80", "2", "0", "0")
         LINE("b", "t", "1.2.3.4", "81", "0", "1", "100"),
     .commands = "",
     .leavers = "b/s b/t"},
    {.name = "a backend that is not loaded waits, one that will go is drained",
     .wanted = "backend new\nserver s 1.2.3.4:80 weight 100 check\n",
     .loaded = "backend old\n",
     .servers = UP("old", "s", "1.2.3.4", "80") UP("foreign", "s", "1.2.3.4", "80"),
     .wanted_map = "n new",
     .map = "o old",
     .commands = "set server old/s weight 0; del map /m o",
     .leavers = "old/s"},
    {.name = "the host map",
     .wanted = "backend a\nbackend b\n",
     .servers = "",
     .wanted_map = "add a change b same a",
     .map = "change a gone a same a",
     .commands = "add map /m add a; set map /m change b; del map /m gone",
     .leavers = ""},
    {.name = "a host name that is there twice",
     .wanted = "backend a\n",
     .servers = "",
     .wanted_map = "h a",
     .map = "h a h a",
     .commands = "del map /m h; add map /m h a",
     .leavers = ""},
};

static void read_map(const char *words, struct kvs *ret)
{
    while (words && *words) {
        size_t key = strcspn(words, " "), value = strcspn(words + key + 1, " ");
        CLEAN(free_str) char *k = xstrndup(words, key);
        CLEAN(free_str) char *v = xstrndup(words + key + 1, value);

        kvs_add(ret, k, v);
        words += key + 1 + value;
        words += *words == ' ';
    }
}

static void describe(const struct plan *p, struct sbuf *commands, struct sbuf *leavers)
{
    for (size_t i = 0; i < p->n; i++)
        sbuf_addf(commands, "%s%s", i ? "; " : "", p->v[i].text);
    for (size_t i = 0; i < p->n_leavers; i++)
        sbuf_addf(leavers, "%s%s/%s", i ? " " : "", p->leavers[i].backend, p->leavers[i].server);
}

static void run(const struct plan_case *c)
{
    CLEAN(free_str) char *answer = xasprintf("1\n# be_id\n%s", c->servers);
    CLEAN(sbuf) struct sbuf commands = SBUF_INIT;
    CLEAN(sbuf) struct sbuf leavers = SBUF_INIT;
    struct haproxy_cfg wanted = {0}, loaded = {0};
    struct runtime_servers servers = {0};
    struct kvs wanted_map = {0}, map = {0};
    struct plan plan = {0};
    struct backends w = {0}, l = {0};

    haproxy_cfg_parse(c->wanted, &wanted);
    haproxy_cfg_parse(c->loaded ? c->loaded : c->wanted, &loaded);
    backends_add(&w, &wanted);
    backends_add(&l, &loaded);
    backends_sort(&w);
    backends_sort(&l);
    is_int(runtime_parse_servers(answer, &servers, NULL), 0, "%s: servers", c->name);
    read_map(c->wanted_map, &wanted_map);
    read_map(c->map, &map);
    plan_servers(&plan, &w, &l, &servers);
    plan_map(&plan, "/m", &wanted_map, &map, &l);
    plan_sort(&plan);
    describe(&plan, &commands, &leavers);
    is_str(sbuf_str(&commands), c->commands, "%s: commands", c->name);
    is_str(sbuf_str(&leavers), c->leavers, "%s: leavers", c->name);
    plan_done(&plan);
    backends_done(&w);
    backends_done(&l);
    kvs_done(&map);
    kvs_done(&wanted_map);
    runtime_servers_done(&servers);
    haproxy_cfg_done(&loaded);
    haproxy_cfg_done(&wanted);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        run(&cases[i]);
    return tap_done();
}
