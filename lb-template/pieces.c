#include "lb-template/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/cfg.h"
#include "lb-template/dot.h"
#include "lb-template/words.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

/* Whoever points to one counts. */
struct pieces_text {
    unsigned users;
    uint64_t stamp;
    size_t len;
    char *owner; /* behind the text; NULL: nobody */
    char text[];
};

/* What one template made of one route. */
struct made_text {
    struct made_text *next;
    char *by;                 /* the template's name */
    uint64_t route, settings; /* stamps of what it was made from */
    struct pieces_text *text;
    bool whole; /* one or more sections, and nothing before the first one */
};

struct made {
    struct made_text *first;
};

static struct pieces_text *text_new(const char *s, size_t len, const char *end, const char *owner);
static struct pieces_text *text_use(struct pieces_text *t);
static void text_drop(struct pieces_text *t);
static void list_clear(struct pieces_list *l);
static void set_own(struct pieces *p, size_t at, const struct sbuf *b, size_t *before);
static struct pieces_text *next_own(const struct pieces_list *l, size_t *at);
static void on_common(void *arg, const char *text, size_t len);
static bool on_known(void *arg, const struct tmpl_value *name, const void *of);
static void on_made(void *arg, const struct tmpl_value *name, const void *of, const char *text,
                    size_t len);
static struct made_text *find_made(const struct route *r, const struct tmpl_value *name);
static struct made_text *find_or_add(const struct route *r, const struct tmpl_value *name);
static void add_made(struct pieces *p, const struct made_text *m);
static void add_common(struct pieces *p, const char *text, size_t len);
static bool is_nobodys(const struct pieces *p);
static bool is_at_boundary(const struct pieces *p);
static void begin_own(struct pieces *p);
static void loosen_last(struct pieces *p);
static void add_piece(struct pieces *p, struct pieces_text *t);
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
        text_drop(t->text);
        free(t);
    }
    free(m);
}

void pieces_begin(struct pieces *p, uint64_t settings)
{
    p->settings = settings;
}

struct tmpl_cut pieces_cut(struct pieces *p)
{
    return (struct tmpl_cut){.common = on_common, .known = on_known, .made = on_made, .arg = p};
}

void pieces_end(struct pieces *p, bool failed)
{
    size_t own = 0, before = 0;

    for (size_t i = 0; !failed && i < p->next.n; i++)
        if (!p->next.texts[i])
            set_own(p, i, &p->own[own++], &before);
    for (size_t i = 0; i < p->n_own; i++)
        sbuf_done(&p->own[i]);
    p->n_own = 0;
    if (!failed) {
        struct pieces_list old = p->done;

        p->done = p->next;
        p->next = old;
    }
    list_clear(&p->next);
}

void pieces_done(struct pieces *p)
{
    pieces_end(p, true);
    list_clear(&p->done);
    free(p->done.v);
    free(p->done.texts);
    free(p->next.v);
    free(p->next.texts);
    free(p->own);
    *p = (struct pieces){0};
}

/* With 'end' behind the 'len' bytes of 's'. */
static struct pieces_text *text_new(const char *s, size_t len, const char *end, const char *owner)
{
    size_t n_end = strlen(end), n_owner = owner ? strlen(owner) + 1 : 0;
    struct pieces_text *t = xmalloc(sizeof *t + len + n_end + 1 + n_owner);

    *t = (struct pieces_text){.users = 1, .stamp = rendering_stamp(), .len = len + n_end};
    memcpy(t->text, s, len);
    memcpy(t->text + len, end, n_end + 1);
    if (owner)
        t->owner = memcpy(t->text + t->len + 1, owner, n_owner);
    return t;
}

static struct pieces_text *text_use(struct pieces_text *t)
{
    t->users++;
    return t;
}

static void text_drop(struct pieces_text *t)
{
    if (t && !--t->users)
        free(t);
}

static void list_clear(struct pieces_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        text_drop(l->texts[i]);
    l->n = 0;
}

/* The piece at 'at' is the text 'b'. Such texts come in the same order each time: '*before' goes
 * through those of the last execution. */
static void set_own(struct pieces *p, size_t at, const struct sbuf *b, size_t *before)
{
    const char *end = b->data[b->len - 1] == '\n' ? "" : "\n";
    struct pieces_text *old = next_own(&p->done, before);
    bool same = old && old->len == b->len + strlen(end) && !memcmp(old->text, b->data, b->len);
    struct pieces_text *t = same ? text_use(old) : text_new(b->data, b->len, end, NULL);

    p->next.texts[at] = t;
    p->next.v[at] = (struct rendering_piece){.text = t->text, .len = t->len, .stamp = t->stamp};
}

/* The next one without an owner, or NULL. */
static struct pieces_text *next_own(const struct pieces_list *l, size_t *at)
{
    while (*at < l->n && l->texts[*at]->owner)
        ++*at;
    return *at < l->n ? l->texts[(*at)++] : NULL;
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
    add_made(p, m);
    return true;
}

static void on_made(void *arg, const struct tmpl_value *name, const void *of, const char *text,
                    size_t len)
{
    struct pieces *p = arg;
    const struct route *r = ((const struct dot_route *)of)->route;
    struct made_text *m = find_or_add(r, name);
    bool whole = len && begins_section(text);
    const char *end = whole && text[len - 1] != '\n' ? "\n" : "";

    m->route = r->stamp;
    m->settings = p->settings;
    m->whole = whole;
    if (!m->text || m->text->len != len + strlen(end) ||
        (len && memcmp(m->text->text, text, len))) {
        text_drop(m->text);
        m->text = text_new(len ? text : "", len, end, r->service);
    }
    add_made(p, m);
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

static void add_made(struct pieces *p, const struct made_text *m)
{
    if (m->whole && is_at_boundary(p))
        add_piece(p, text_use(m->text));
    else
        add_common(p, m->text->text, m->text->len);
}

static void add_common(struct pieces *p, const char *text, size_t len)
{
    if (!len || (is_at_boundary(p) && is_blank(text)))
        return;
    if (!is_nobodys(p) && p->next.n && !begins_section(text))
        loosen_last(p);
    else if (!is_nobodys(p))
        begin_own(p);
    sbuf_add(&p->own[p->n_own - 1], text, len);
}

/* Is there a last piece, and is it one of 'own'? */
static bool is_nobodys(const struct pieces *p)
{
    return p->next.n && !p->next.texts[p->next.n - 1];
}

/* May a section begin here? */
static bool is_at_boundary(const struct pieces *p)
{
    if (!is_nobodys(p))
        return true;
    const struct sbuf *last = &p->own[p->n_own - 1];
    size_t len = last->len;
    while (len && (last->data[len - 1] == ' ' || last->data[len - 1] == '\t'))
        len--;
    return !len || last->data[len - 1] == '\n';
}

static void begin_own(struct pieces *p)
{
    p->own = xgrow(p->own, p->n_own, &p->cap_own, sizeof *p->own);
    p->own[p->n_own++] = (struct sbuf)SBUF_INIT;
    add_piece(p, NULL);
}

/* What follows goes on with a route's section: it cannot stand without that. */
static void loosen_last(struct pieces *p)
{
    struct pieces_text *last = p->next.texts[--p->next.n];

    if (!is_nobodys(p))
        begin_own(p);
    sbuf_add(&p->own[p->n_own - 1], last->text, last->len);
    text_drop(last);
}

/* 't' is taken over; NULL: it is the last one of 'own'. */
static void add_piece(struct pieces *p, struct pieces_text *t)
{
    struct pieces_list *l = &p->next;
    size_t cap = l->cap;

    l->v = xgrow(l->v, l->n, &cap, sizeof *l->v);
    l->texts = xgrow(l->texts, l->n, &l->cap, sizeof *l->texts);
    l->texts[l->n] = t;
    l->v[l->n++] = t ? (struct rendering_piece){t->text, t->len, t->stamp, t->owner}
                     : (struct rendering_piece){0};
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
