#include "lb-template/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/cfg.h"
#include "lb-template/dot.h"
#include "lb-template/words.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

/* What one template made of one route. */
struct made_text {
    struct made_text *next;
    char *by;                 /* the template's name */
    uint64_t route, settings; /* stamps of what it was made from */
    char *text;
    size_t len;
    uint64_t stamp;
    bool whole; /* one or more sections, and nothing before the first one */
};

struct made {
    struct made_text *first;
};

static void on_common(void *arg, const char *text, size_t len);
static bool on_known(void *arg, const struct tmpl_value *name, const void *of);
static void on_made(void *arg, const struct tmpl_value *name, const void *of, const char *text,
                    size_t len);
static struct made_text *find_made(const struct route *r, const struct tmpl_value *name);
static struct made_text *find_or_add(const struct route *r, const struct tmpl_value *name);
static void add_made(struct pieces *p, const struct route *r, const struct made_text *m);
static void add_common(struct pieces *p, const char *text, size_t len);
static bool is_nobodys(const struct pieces *p);
static bool is_at_boundary(const struct pieces *p);
static void begin_own(struct pieces *p);
static void loosen_last(struct pieces *p);
static struct rendering_piece *add_piece(struct pieces *p);
static bool begins_section(const char *text);
static bool is_blank(const char *text);

struct made *made_new(void)
{
    return xcalloc(1, sizeof(struct made));
}

void made_free(struct made *m)
{
    while (m && m->first) {
        struct made_text *t = m->first;

        m->first = t->next;
        free(t->by);
        free(t->text);
        free(t);
    }
    free(m);
}

void pieces_begin(struct pieces *p, uint64_t settings)
{
    for (size_t i = 0; i < p->n_before; i++)
        sbuf_done(&p->before[i].text);
    free(p->before);
    p->before = p->own;
    p->n_before = p->n_own;
    p->own = NULL;
    p->n_own = p->cap_own = 0;
    p->n = 0;
    p->settings = settings;
}

struct tmpl_cut pieces_cut(struct pieces *p)
{
    return (struct tmpl_cut){.common = on_common, .known = on_known, .made = on_made, .arg = p};
}

/* Texts that are nobody's are few, and come in the same order each time. */
void pieces_end(struct pieces *p)
{
    size_t own = 0;

    for (size_t i = 0; i < p->n_own; i++) {
        struct pieces_text *t = &p->own[i], *old = i < p->n_before ? &p->before[i] : NULL;
        bool same = old && old->text.len == t->text.len &&
                    !memcmp(old->text.data, t->text.data, t->text.len);

        if (t->text.data[t->text.len - 1] != '\n')
            sbuf_addch(&t->text, '\n');
        t->stamp = same ? old->stamp : rendering_stamp();
    }
    for (size_t i = 0; i < p->n; i++) {
        if (p->v[i].text)
            continue;
        p->v[i].text = p->own[own].text.data;
        p->v[i].len = p->own[own].text.len;
        p->v[i].stamp = p->own[own++].stamp;
    }
}

void pieces_done(struct pieces *p)
{
    pieces_begin(p, 0);
    pieces_begin(p, 0);
    free(p->before);
    free(p->v);
    *p = (struct pieces){0};
}

static void on_common(void *arg, const char *text, size_t len)
{
    add_common(arg, text, len);
}

static bool on_known(void *arg, const struct tmpl_value *name, const void *of)
{
    struct pieces *p = arg;
    const struct route *r = ((const struct dot_route *)of)->route;
    const struct made_text *m = find_made(r, name);

    if (!m || m->route != r->stamp || m->settings != p->settings)
        return false;
    add_made(p, r, m);
    return true;
}

static void on_made(void *arg, const struct tmpl_value *name, const void *of, const char *text,
                    size_t len)
{
    struct pieces *p = arg;
    const struct route *r = ((const struct dot_route *)of)->route;
    struct made_text *m = find_or_add(r, name);
    bool whole = len && begins_section(text), unended = whole && text[len - 1] != '\n';
    CLEAN(free_str) char *now = xasprintf("%s%s", len ? text : "", unended ? "\n" : "");

    m->route = r->stamp;
    m->settings = p->settings;
    m->whole = whole;
    if (!m->text || strcmp(m->text, now)) {
        free(m->text);
        m->text = TAKE_PTR(now);
        m->len = strlen(m->text);
        m->stamp = rendering_stamp();
    }
    add_made(p, r, m);
}

static struct made_text *find_made(const struct route *r, const struct tmpl_value *name)
{
    struct made_text *m = r->made->first;

    while (m && !tmpl_is(name, m->by))
        m = m->next;
    return m;
}

static struct made_text *find_or_add(const struct route *r, const struct tmpl_value *name)
{
    struct made_text *m = find_made(r, name);

    if (m)
        return m;
    m = xcalloc(1, sizeof *m);
    m->by = xstrndup(name->s, name->len);
    m->next = r->made->first;
    r->made->first = m;
    return m;
}

static void add_made(struct pieces *p, const struct route *r, const struct made_text *m)
{
    if (!m->whole || !is_at_boundary(p)) {
        add_common(p, m->text, m->len);
        return;
    }
    *add_piece(p) = (struct rendering_piece){
        .text = m->text, .len = m->len, .stamp = m->stamp, .owner = r->service};
}

static void add_common(struct pieces *p, const char *text, size_t len)
{
    if (!len || (is_at_boundary(p) && is_blank(text)))
        return;
    if (!is_nobodys(p) && p->n && !begins_section(text))
        loosen_last(p);
    else if (!is_nobodys(p))
        begin_own(p);
    sbuf_add(&p->own[p->n_own - 1].text, text, len);
}

/* Is there a last piece, and is it one of 'own'? */
static bool is_nobodys(const struct pieces *p)
{
    return p->n && !p->v[p->n - 1].text;
}

/* May a section begin here? */
static bool is_at_boundary(const struct pieces *p)
{
    if (!is_nobodys(p))
        return true;
    const struct sbuf *last = &p->own[p->n_own - 1].text;
    size_t len = last->len;
    while (len && (last->data[len - 1] == ' ' || last->data[len - 1] == '\t'))
        len--;
    return !len || last->data[len - 1] == '\n';
}

static void begin_own(struct pieces *p)
{
    p->own = xgrow(p->own, p->n_own, &p->cap_own, sizeof *p->own);
    p->own[p->n_own++] = (struct pieces_text){.text = SBUF_INIT};
    *add_piece(p) = (struct rendering_piece){0};
}

/* What follows goes on with a route's section: it cannot stand without that. */
static void loosen_last(struct pieces *p)
{
    struct rendering_piece last = p->v[--p->n];

    if (!is_nobodys(p))
        begin_own(p);
    sbuf_add(&p->own[p->n_own - 1].text, last.text, last.len);
}

static struct rendering_piece *add_piece(struct pieces *p)
{
    p->v = xgrow(p->v, p->n, &p->cap, sizeof *p->v);
    return &p->v[p->n++];
}

static bool begins_section(const char *text)
{
    while (text) {
        struct strv words = {0};

        text = words_split(text, &words);
        bool is_section = words.n && haproxy_cfg_is_section(words.v[0]);
        bool is_empty = !words.n;
        strv_done(&words);
        if (!is_empty)
            return is_section;
    }
    return false;
}

static bool is_blank(const char *text)
{
    return !text[strspn(text, " \t\r\n")];
}
