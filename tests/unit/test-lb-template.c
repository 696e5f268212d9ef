/* A template of the operator's becomes pieces: which, whose, and when they are made again. */
#include <string.h>

#include "lb-template/dot.h"
#include "lb-template/pieces.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/lb-catalog.h"

#define A "a|n|n:a|10.0.0.1|1|passing|vhost=a.example\n"
#define B "b|n|n:b|2001:db8::1|2|passing|service-port=25|lb-send-proxy=v2\n"
#define B_OTHER "b|n|n:c|10.0.0.2|3|passing|service-port=25\n"
#define EACH "{{range .Routes}}{{template \"r\" .}}{{end}}"
#define BACKEND "{{define \"r\"}}backend {{.Backend}}\n{{end}}"

static const struct render_config config = {
    .dir = "/d", .bind = "::", .http_port = 80, .maxconn = 100, .check_inter = 4, .user = "u"};

struct bed {
    struct catalog catalog;
    struct routing routing;
    struct pieces pieces;
    uint64_t steps; /* of the last execution */
    struct err *err;
};

static void bed_done(struct bed *b)
{
    catalog_done(&b->catalog);
    pieces_done(&b->pieces);
    routing_done(&b->routing);
    err_free(b->err);
}

/* Executes 'text' for what 'catalog' says. */
static void execute(struct bed *b, const char *catalog, const char *text)
{
    static const struct route_rules ports = {.http_port = 80};
    static const struct select all;
    struct tmpl *t = tmpl_parse("t", text, strlen(text), NULL, NULL, &b->err);
    struct renderer_input in = lb_catalog_input(1., NULL);
    struct tmpl_cut cut = pieces_cut(&b->pieces);
    struct tmpl_result result = {0};
    CLEAN(tmpl_arena) struct tmpl_arena arena;

    lb_catalog_set(&b->catalog, catalog);
    routing_update(&b->routing, &(struct routing_rules){&ports, &all}, &b->catalog, &in);
    tmpl_arena_init(&arena, 0);
    struct tmpl_value dot = dot_make(&arena, &config, &b->routing);
    pieces_begin(&b->pieces, 1);
    if (t)
        tmpl_execute(t, &(struct tmpl_run){.cut = &cut, .dot = &dot}, &result, &b->err);
    pieces_end(&b->pieces, b->err != NULL);
    b->steps = result.steps;
    tmpl_result_done(&result);
    tmpl_free(t);
}

static void is_pieces(const struct bed *b, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    for (size_t i = 0; i < b->pieces.done.n; i++) {
        const struct rendering_piece *p = &b->pieces.done.v[i];

        sbuf_addf(&got, "[%s]", p->owner ? p->owner : "");
        sbuf_add(&got, p->text, p->len);
    }
    is_str(sbuf_str(&got), wanted, "%s", name);
}

static const struct {
    const char *name, *text, *wanted;
} rows[] = {
    {"a route's sections are its service's", "global\n" EACH BACKEND,
     "[]global\n[a]backend a\n[b]backend b\n"},
    {"without a route there is nothing of one's own",
     "global\n{{range .Routes}}backend "
     "{{.Backend}}\n{{end}}",
     "[]global\nbackend a\nbackend b\n"},
    {"blank lines between pieces are nobody's",
     "global\n{{range .Routes}}\n  {{template \"r\" .}}\n{{end}}\n" BACKEND,
     "[]global\n\n  \n[a]backend a\n[b]backend b\n"},
    {"comments are a part of the section",
     "{{define \"r\"}}# {{.Backend}}\n\nlisten {{.Backend}}\n"
     "{{end}}" EACH,
     "[a]# a\n\nlisten a\n[b]# b\n\nlisten b\n"},
    {"a last line gets its end", EACH "{{define \"r\"}}backend {{.Backend}}{{end}}",
     "[a]backend a\n[b]backend b\n"},
    {"lines that are no section belong to the one around them",
     "frontend f\n" EACH "defaults\n{{define \"r\"}}    use_backend {{.Backend}}\n{{end}}",
     "[]frontend f\n    use_backend a\n    use_backend b\ndefaults\n"},
    {"words too",
     "frontend f\n    acl x hdr(host){{range .Routes}} {{template \"r\" .}}{{end}}\n"
     "{{define \"r\"}}{{.Backend}}{{end}}",
     "[]frontend f\n    acl x hdr(host) a b\n"},
    {"a section in the middle of a line is none", "# {{template \"r\" index .Routes 0}}\n" BACKEND,
     "[]# backend a\n"},
    {"what goes on with a route's section takes it",
     "global\n{{range .Routes}}{{template \"r\" .}}    balance first\n{{end}}" BACKEND,
     "[]global\nbackend a\n    balance first\nbackend b\n    balance first\n"},
    {"templates inside of others make no pieces",
     "{{template \"all\" .}}{{define \"all\"}}" EACH "{{end}}" BACKEND, "[]backend a\nbackend b\n"},
    {"two templates make two pieces",
     "{{range .Routes}}{{template \"r\" .}}{{template \"s\" .}}"
     "{{end}}{{define \"s\"}}frontend {{.Backend}}\n{{end}}" BACKEND,
     "[a]backend a\n[a]frontend a\n[b]backend b\n[b]frontend b\n"},
    {"a piece sees nothing but its route",
     "{{scratch.Set \"x\" 1}}{{$y := 2}}" EACH
     "{{define \"r\"}}backend {{.Backend}}{{scratch.Key \"x\"}}{{scratch.Set \"x\" 3}}\n{{end}}",
     "[a]backend afalse\n[b]backend bfalse\n"},
    {"but the settings", EACH "{{define \"r\"}}backend x{{.LB.Dir}}\n{{end}}",
     "[a]backend x/d\n[b]backend x/d\n"},
    {"an empty piece is none", "global\n" EACH "{{define \"r\"}}{{end}}", "[]global\n"},
    {"settings",
     "{{with .LB}}{{.Dir}} {{.Socket}} {{.HostsMap}} {{.Bind}}{{.BindOptions}} "
     "{{.HTTPPort}} {{.HTTPSPort}} {{.Certs}} {{.Maxconn}} {{.User}} {{.Group}} {{.CheckInter}} "
     "{{.CheckDownInter}}{{end}}\n",
     "[]/d /d/haproxy.sock /d/hosts.map [::] v4v6 80 0  100 u  4s 2s\n"},
    {"routes",
     "{{range .Routes}}{{.Backend}} {{.Service}} {{.Mode}} {{.VHosts}} {{.Ports}} "
     "{{.Balance}} {{.Sticky}} {{.CheckPath}} {{.AcceptProxy}}\n{{end}}",
     "[]a a http [a.example] []  false  false\nb b tcp [] [25]  false  false\n"},
    {"servers",
     "{{range .Routes}}{{range .Servers}}{{.Name}} {{.Address}} {{.Port}} {{.Endpoint}} "
     "{{.Weight}} {{.SendProxy}}\n{{end}}{{end}}",
     "[]n:a:1 10.0.0.1 1 10.0.0.1:1 100 0\nn:b:2 2001:db8::1 2 [2001:db8::1]:2 100 2\n"},
    {"functions see routes, too",
     "{{len .Routes}} {{(index .Routes 1).Backend}} "
     "{{range $i, $r := .Routes}}{{$i}}{{$r.Backend}}{{end}} "
     "{{range .Routes}}{{with . | toJSON | parseJSON}}{{.Mode}} {{end}}{{end}}"
     "{{len (parseJSON (toJSON .)).Routes}}\n",
     "[]2 b 0a1b http tcp 2\n"},
};

static void test_rows(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bed b = {0};

        execute(&b, A B, rows[i].text);
        is_str(b.err ? err_msg(b.err) : "", "", "%s: no error", rows[i].name);
        is_pieces(&b, rows[i].wanted, rows[i].name);
        bed_done(&b);
    }
}

static void test_again(void)
{
    static const char text[] = "global\n" EACH "{{define \"r\"}}backend {{.Backend}}\n"
                               "{{range .Servers}}    server {{.Name}}\n{{end}}{{end}}";
    struct bed b = {0};

    execute(&b, A B, text);
    uint64_t stamps[] = {b.pieces.done.v[0].stamp, b.pieces.done.v[1].stamp,
                         b.pieces.done.v[2].stamp};
    uint64_t steps = b.steps;
    execute(&b, A B, text);
    ok(b.pieces.done.v[0].stamp == stamps[0] && b.pieces.done.v[1].stamp == stamps[1] &&
           b.pieces.done.v[2].stamp == stamps[2],
       "what is the same keeps its stamp");
    ok(b.steps < steps, "and is not made again");
    uint64_t none = b.steps;
    execute(&b, A B_OTHER, text);
    is_pieces(&b, "[]global\n[a]backend a\n    server n:a:1\n[b]backend b\n    server n:c:3\n",
              "a server is another one");
    ok(b.pieces.done.v[0].stamp == stamps[0] && b.pieces.done.v[1].stamp == stamps[1] &&
           b.pieces.done.v[2].stamp != stamps[2],
       "its route has another stamp");
    ok(b.steps > none && b.steps < steps, "one route was made");
    bed_done(&b);
}

static void test_errors(void)
{
    struct bed b = {0};

    execute(&b, A, EACH "{{define \"r\"}}backend x\n{{.Nothing}}{{end}}");
    ok(b.err && strstr(err_msg(b.err), "t:2:3: executing \"r\" at <.Nothing>: can't evaluate field "
                                       "Nothing in type lb.Route"),
       "an error in a piece says where");
    bed_done(&b);
    b = (struct bed){0};
    execute(&b, A B, EACH "{{define \"r\"}}{{template \"r\" .}}{{end}}");
    ok(b.err && strstr(err_msg(b.err), "templates call each other"), "a piece has limits");
    bed_done(&b);
}

/* The text of a service that has gone, and of one that has changed, is still there. */
static void test_failure_keeps_the_last_one(void)
{
    static const char text[] = "global\n" EACH "{{define \"r\"}}backend {{.Backend}} "
                               "{{(index .Servers 0).Port}}\n{{end}}";
    struct bed b = {0};

    execute(&b, A B, text);
    for (int i = 0; i < 3; i++) {
        execute(&b, B_OTHER, text);
        ok(b.err && strstr(err_msg(b.err), "index out of range"), "it fails");
        is_pieces(&b, "[]global\n[a]backend a 1\n[b]backend b 2\n", "the last one stays");
        err_free(TAKE_PTR(b.err));
    }
    execute(&b, A B_OTHER, text);
    is_pieces(&b, "[]global\n[a]backend a 1\n[b]backend b 3\n", "until it can be made");
    bed_done(&b);
}

int main(void)
{
    test_rows();
    test_again();
    test_errors();
    test_failure_keeps_the_last_one();
    return tap_done();
}
