/* Documents of tests/golden/mlb become haproxy.cfg and problems, one for each label and flag. */
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/mlb-document.h"

static void show_problems(const struct problems *p, struct sbuf *out)
{
    for (size_t i = 0; i < p->n; i++) {
        sbuf_adds(out, "# problem: ");
        sbuf_add_printable(out, p->v[i].subject);
        sbuf_adds(out, ": ");
        sbuf_add_printable(out, p->v[i].text);
        sbuf_addch(out, '\n');
    }
}

static void test_document(const char *name)
{
    CLEAN(free_str) char *from = xasprintf("golden/mlb/%s.json", name);
    CLEAN(free_str) char *to = xasprintf("mlb/%s.cfg", name);
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct problems problems = {0};
    struct mlb_document d;
    size_t len;

    CLEAN(free_str) char *text = tests_read(from, &len);
    mlb_document_read(&d, text, len);
    struct mlb_source source = mlb_document_source(&d);
    struct mlb *m = mlb_new(&d.options, &source);
    mlb_document_show(mlb_document_render(m, NULL, &problems), &out);
    show_problems(&d.problems, &out);
    show_problems(&problems, &out);
    is_golden(sbuf_str(&out), to);
    mlb_free(m);
    problems_done(&problems);
    mlb_document_done(&d);
}

int main(void)
{
    static const char *const names[] = {
        "plain",      "groups",    "groups-all", "strict",    "enabled",
        "vhosts",     "redirect",  "auth",       "backend",   "checks",
        "healthy",    "states",    "networks",   "map",       "grouped",
        "no-vhosts",  "conflicts", "hostile",    "templates", "evil-templates",
        "deployment",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        test_document(names[i]);
    return tap_done();
}
