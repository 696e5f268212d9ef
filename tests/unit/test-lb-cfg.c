#include <string.h>

#include "lb-template/backends.h"
#include "lb-template/cfg.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static uint64_t structure_of(const char *text)
{
    struct haproxy_cfg c = {0};

    haproxy_cfg_parse(text, &c);
    uint64_t structure = c.structure;
    haproxy_cfg_done(&c);
    return structure;
}

static void describe(const struct haproxy_cfg *c, struct sbuf *out)
{
    char address[IPADDR_STRLEN];

    for (size_t i = 0; i < c->n; i++) {
        sbuf_addf(out, "%s:", c->v[i].name);
        for (size_t j = 0; j < c->v[i].n; j++) {
            const struct haproxy_cfg_server *s = &c->v[i].servers[j];

            ipaddr_format_port(&s->address, s->port, address);
            sbuf_addf(out, " [%s %s w%u i%u %s]", s->name, address, s->weight, s->id, s->options);
        }
        sbuf_addch(out, '\n');
    }
}

static void test_parse(const char *text, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    struct haproxy_cfg c = {0};

    haproxy_cfg_parse(text, &c);
    describe(&c, &got);
    is_str(sbuf_str(&got), wanted, "%s", name);
    haproxy_cfg_done(&c);
}

static void test_structure(const char *a, const char *b, bool same, const char *name)
{
    ok((structure_of(a) == structure_of(b)) == same, "%s", name);
}

static void test_structures(void)
{
    static const char base[] = "backend b\n balance leastconn\n server s 1.2.3.4:80 check\n";

    test_structure(base, "backend b\n balance leastconn\n", true, "servers are no structure");
    test_structure(base, "\n# hi\nbackend  b # x\n\tbalance 'leastconn'", true, "spaces and notes");
    test_structure(base, "backend b\n balance roundrobin\n", false, "another word");
    test_structure(base, "backend c\n balance leastconn\n", false, "another backend");
    test_structure("frontend a\nmode tcp\n", "frontend\na mode tcp\n", false, "lines count");
    test_structure("global\nuser a b\n", "global\nuser ab\n", false, "words count");
    test_structure("backend b\nserver s unix@/x\n", "backend b\n", false,
                   "a server that the runtime API cannot make");
    test_structure("backend b\nserver s host:80\n", "backend b\n", false, "a server with a name");
    test_structure("backend b\nserver s 1.2.3.4:80 cookie 'a b'\n", "backend b\n", false,
                   "a server with an option that needs quoting");
    test_structure("peers p\nserver s 1.2.3.4:80\n", "peers p\n", false, "a peer is no server");
    test_structure("defaults\nmaxconn 1\nglobal\n", "defaults\nglobal\nmaxconn 1\n", false,
                   "sections count");
}

static void test_mark(void)
{
    static const char text[] = "global\n    maxconn 9\nbackend b\n";
    CLEAN(sbuf) struct sbuf marked = SBUF_INIT;
    uint64_t structure = structure_of(text), got = 0;

    sbuf_adds(&marked, text);
    haproxy_cfg_add_mark(structure, "/run/haproxy.sock", &marked);
    ok(structure_of(sbuf_str(&marked)) == structure, "the mark is no structure");
    const char *description = strstr(sbuf_str(&marked), "description ");
    CLEAN(free_str) char *value = xstrndup(description + 12, strcspn(description + 12, "\n"));
    ok(haproxy_cfg_read_mark(value, &got) && got == structure, "it is read back");
    ok(!haproxy_cfg_read_mark("load balancer 7", &got), "another description is no mark");
    ok(!haproxy_cfg_read_mark("berth-structure 12 and more", &got), "nor is one with more words");
    test_structure("global\ndescription x\n", "global\n", false,
                   "a description of the user counts");
}

static void test_differ(const char *a, const char *b, bool wanted, const char *name)
{
    struct haproxy_cfg x = {0}, y = {0};
    struct backends of_x = {0}, of_y = {0};

    haproxy_cfg_parse(a, &x);
    haproxy_cfg_parse(b, &y);
    backends_add(&of_x, &x);
    backends_add(&of_y, &y);
    backends_sort(&of_x);
    backends_sort(&of_y);
    is_int(backends_options_differ(&of_x, &of_y), wanted, "%s", name);
    backends_done(&of_x);
    backends_done(&of_y);
    haproxy_cfg_done(&x);
    haproxy_cfg_done(&y);
}

static void test_join(void)
{
    static const char a[] = "global\n maxconn 1\nfrontend f\n bind :1\n";
    static const char b[] = "backend b\n balance leastconn\n server s 1.2.3.4:80 check\n";
    CLEAN(free_str) char *both = xasprintf("%s%s", a, b);
    struct haproxy_cfg x = {0}, y = {0};

    haproxy_cfg_parse(a, &x);
    haproxy_cfg_parse(b, &y);
    uint64_t joined = haproxy_cfg_join(haproxy_cfg_join(0, &x), &y);
    ok(joined == structure_of(both), "pieces joined have the structure of the whole");
    uint64_t turned = haproxy_cfg_join(haproxy_cfg_join(0, &y), &x);
    ok(turned != joined, "their order counts");
    haproxy_cfg_done(&x);
    haproxy_cfg_done(&y);
}

static void test_sockets(void)
{
    struct haproxy_cfg c = {0};

    haproxy_cfg_parse("global\n stats socket /a mode 600\n stats timeout 1h\nfrontend f\n"
                      " stats socket /no\nglobal\n description berth-structure 1\n"
                      " stats socket /ours\n",
                      &c);
    CLEAN(free_str) char *all = strv_join(&c.sockets, " ");
    is_str(all, "/a", "the text's own statistics sockets, without the one of the mark");
    haproxy_cfg_done(&c);
}

static void test_ports(void)
{
    struct haproxy_cfg c = {0};

    haproxy_cfg_parse("frontend f\nbind *:80\nbind [::]:443 v4v6\nbind unix@/s\nlisten l\n"
                      "bind :::81\n",
                      &c);
    ok(haproxy_cfg_opens(&c, 80) && haproxy_cfg_opens(&c, 443) && haproxy_cfg_opens(&c, 81),
       "ports of bind lines");
    ok(!haproxy_cfg_opens(&c, 82), "and no other");
    ok(haproxy_cfg_backend(&c, "l") && !haproxy_cfg_backend(&c, "f"), "backends by name");
    haproxy_cfg_done(&c);
}

int main(void)
{
    test_parse("", "", "nothing");
    test_parse("server s 1.2.3.4:80\n", "", "a server without a backend");
    test_parse("backend z\nbackend a\nserver y [::1]:81 weight 0 check\n"
               "server x 1.2.3.4:80 id 7 weight 100 check inter 2s",
               "a: [x 1.2.3.4:80 w100 i7 check inter 2s] [y [::1]:81 w0 i0 check]\nz:\n",
               "backends and servers, sorted");
    test_parse("listen l from d\nserver s ::1:80\nfrontend f\nserver t 1.2.3.4:80\n",
               "l: [s [::1]:80 w1 i0 ]\n", "a listen section has servers, a frontend has none");
    test_parse("backend b\nserver \"s\" '1.2.3.4:80'  check#c\n", "b: [s 1.2.3.4:80 w1 i0 check]\n",
               "quotes and comments");
    test_parse("backend b\nserver s;x 1.2.3.4:80\nserver s 1.2.3.4:0\nserver s 1.2.3.4:65536\n"
               "server s 1.2.3.4\nserver s\nserver s 1.2.3.4:80 x;y\n",
               "b:\n", "what cannot go into a command is left to the structure");
    test_structures();
    test_mark();
    test_differ("backend b\nserver s 1.2.3.4:1 check\n", "backend b\nserver s 1.2.3.4:1\n", true,
                "another option");
    test_differ("backend b\nserver s 1.2.3.4:1 id 1 weight 2 check\n",
                "backend b\nserver r 1.2.3.4:9 x\nserver s 1.2.3.4:2 check\n", false,
                "address, weight, id and other servers are no options");
    test_differ("backend a\nserver s 1.2.3.4:1 x\n", "backend b\nserver s 1.2.3.4:1 y\n", false,
                "other backends");
    test_ports();
    test_join();
    test_sockets();
    return tap_done();
}
