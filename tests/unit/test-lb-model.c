/* Pieces become values that are shared, and a comparison sees what has changed, no more. */
#include <string.h>

#include "lb-template/model.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define COMMON "global\n maxconn 9\nfrontend f\n bind :80\n"
#define A "backend a\n server s 1.2.3.4:80 check\n"
#define B "frontend p\n bind :81\nbackend b\n server s 1.2.3.4:80 check\n"
#define B_MORE B " server t 1.2.3.4:81 check\n"
#define B_LESS "backend b\n"

static const struct strv nobody;

/* The texts up to NULL; each piece but the first is owned by its first word behind "backend". */
static void render(struct rendering *r, const char *const *texts)
{
    struct rendering before = *r;

    *r = (struct rendering){0};
    for (size_t i = 0; texts[i]; i++) {
        struct sbuf text = SBUF_INIT;
        const char *name = strstr(texts[i], "backend ");
        CLEAN(free_str) char *owner = name ? xstrndup(name + 8, 1) : NULL;

        sbuf_adds(&text, texts[i]);
        rendering_add(r, &text, owner);
    }
    rendering_stamp_all(r, &before);
    rendering_done(&before);
}

static void is_difference(const struct model *a, const struct model *b, const char *wanted,
                          const char *name)
{
    struct backends x = {0}, y = {0};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    model_difference(a, b, &x, &y);
    for (size_t i = 0; i < x.n; i++)
        sbuf_addf(&got, "%s%zu ", x.v[i]->name, x.v[i]->n);
    sbuf_adds(&got, "|");
    for (size_t i = 0; i < y.n; i++)
        sbuf_addf(&got, " %s%zu", y.v[i]->name, y.v[i]->n);
    is_str(sbuf_str(&got), wanted, "%s", name);
    backends_done(&x);
    backends_done(&y);
}

static void make(struct model *m, const struct rendering *r, const struct strv *without)
{
    struct model before = *m;

    *m = (struct model){0};
    model_from_rendering(m, r, without, &before);
    model_done(&before);
}

static void test_changes(void)
{
    struct rendering r = {0};
    struct model now = {0}, before = {0};
    size_t backends, servers;

    render(&r, (const char *const[]){COMMON, A, B, NULL});
    make(&now, &r, &nobody);
    model_copy(&before, &now);
    ok(model_same(&before, &now), "a copy is the same");
    make(&now, &r, &nobody);
    ok(model_same(&before, &now), "and so is another one of the same rendering");
    is_difference(&now, &before, "|", "no difference");
    render(&r, (const char *const[]){COMMON, A, B_MORE, NULL});
    make(&now, &r, &nobody);
    ok(!model_same(&before, &now), "a changed piece is another part");
    ok(now.v[0] == before.v[0] && now.v[1] == before.v[1], "the others are shared");
    ok(now.structure == before.structure, "servers are no structure");
    is_difference(&now, &before, "b2 | b1", "only what changed is compared");
    model_count(&now, &backends, &servers);
    ok(backends == 2 && servers == 3, "backends and servers are counted");
    ok(portset_has(&now.ports, 80) && portset_has(&now.ports, 81), "its ports");
    render(&r, (const char *const[]){COMMON, B_LESS, NULL});
    make(&now, &r, &nobody);
    ok(now.structure != before.structure, "a backend less is another structure");
    is_difference(&now, &before, "b0 | a1 b1", "and everything is compared");
    ok(portset_has(&now.ports, 80) && !portset_has(&now.ports, 81), "a port has gone");
    model_done(&now);
    model_done(&before);
    rendering_done(&r);
}

/* Moved, added in front, or taken away: what is known is not parsed again. */
static void test_sharing(void)
{
    struct rendering r = {0};
    struct model now = {0}, before = {0};
    struct strv without = {0};

    render(&r, (const char *const[]){COMMON, A, B, NULL});
    make(&now, &r, &nobody);
    model_copy(&before, &now);
    render(&r, (const char *const[]){COMMON, "backend 0\n", A, B, NULL});
    make(&now, &r, &nobody);
    ok(now.v[2] == before.v[1] && now.v[3] == before.v[2], "behind a new piece");
    strv_add(&without, "0");
    make(&now, &r, &without);
    ok(model_same(&now, &before), "without its owner it is as before");
    strv_done(&without);
    r.v[1].stamp = 0;
    make(&now, &r, &nobody);
    model_copy(&before, &now);
    make(&now, &r, &nobody);
    ok(now.v[1] != before.v[1] && now.structure == before.structure,
       "without a stamp a piece is always compared");
    model_done(&now);
    model_done(&before);
    rendering_done(&r);
}

static void test_file(void)
{
    struct rendering r = {0};
    struct model pieces = {0}, file = {0};
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    render(&r, (const char *const[]){COMMON, A, B_MORE, NULL});
    make(&pieces, &r, &nobody);
    for (size_t i = 0; i < r.n; i++)
        sbuf_add(&text, r.v[i].text, r.v[i].len);
    haproxy_cfg_add_mark(pieces.structure, "/run/haproxy.sock", &text);
    model_from_text(&file, sbuf_str(&text));
    ok(file.structure == pieces.structure, "a file has the structure of its pieces");
    ok(!memcmp(&file.ports, &pieces.ports, sizeof file.ports), "and their ports");
    ok(!model_has_socket(&file, "/run/haproxy.sock"), "the mark's socket is not the text's");
    is_difference(&pieces, &file, "a1 b2 | a1 b2", "of two divisions all is compared");
    model_done(&pieces);
    model_done(&file);
    rendering_done(&r);
}

static void test_lines(void)
{
    static const char *const texts[] = {COMMON, A, B, NULL}; /* of four, two and four lines */
    struct strv without = {0};
    struct rendering r = {0};

    render(&r, texts);
    strv_add(&without, "a");
    ok(!rendering_owner_at(&r, &nobody, 4), "a line of the common part is nobody's");
    is_str(rendering_owner_at(&r, &nobody, 5), "a", "the first line of a piece");
    is_str(rendering_owner_at(&r, &nobody, 6), "a", "its last line");
    is_str(rendering_owner_at(&r, &nobody, 7), "b", "the next piece");
    is_str(rendering_owner_at(&r, &without, 5), "b", "who is left out has no line");
    ok(!rendering_owner_at(&r, &nobody, 11), "behind the end");
    strv_done(&without);
    rendering_done(&r);
}

int main(void)
{
    test_changes();
    test_sharing();
    test_file();
    test_lines();
    return tap_done();
}
