#include "agent/top_view.h"

#include <stdio.h>
#include <string.h>

#include "agent/status_part.h"
#include "agent/table.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define MARGIN 2 /* columns before a row: where the selection is marked */

struct viewing {
    const struct top *t;
    struct paint paint;
    double now;
    const char *clock;
    struct strv *lines;
};

static void view_page(struct viewing *v);
static void view_head(struct viewing *v);
static void view_list(struct viewing *v);
static void view_news(struct viewing *v);
static void add_line(struct viewing *v, enum paint_colour colour, const char *text);

void top_view(const struct top *t, double now, const char *clock, bool colour,
              struct strv *ret_lines)
{
    struct viewing v = {t, {.columns = t->columns, .colour = colour}, now, clock, ret_lines};

    strv_done(ret_lines);
    *ret_lines = (struct strv){0};
    if (t->in_page) {
        view_page(&v);
    } else {
        view_head(&v);
        view_list(&v);
        view_news(&v);
        while (ret_lines->n + 1 < t->height)
            add_line(&v, PAINT_PLAIN, "");
        add_line(&v, PAINT_REVERSE,
                 t->searching ? "type to search   Enter keep   Esc end"
                              : "q quit   / search   s sort   v services   p problems   "
                                "Enter explain   ? help");
    }
    while (ret_lines->n > t->height)
        strv_remove(ret_lines, ret_lines->n - 1);
}

/* 'text' is escaped and cut. */
static void add_line(struct viewing *v, enum paint_colour colour, const char *text)
{
    CLEAN(sbuf) struct sbuf printable = SBUF_INIT;
    struct sbuf line = SBUF_INIT;

    sbuf_add_printable(&printable, text);
    paint_begin(&v->paint, colour, &line);
    paint_cut(sbuf_str(&printable), v->paint.columns, &line);
    paint_end(&v->paint, colour, &line);
    strv_add_take(v->lines, sbuf_take(&line));
}

static void view_page(struct viewing *v)
{
    const struct top_page *page = &v->t->page;
    size_t room = v->t->height > 2 ? v->t->height - 2 : 1;
    char foot[80];

    for (size_t i = 0; i < room; i++)
        add_line(v, PAINT_PLAIN,
                 page->first + i < page->lines.n ? page->lines.v[page->first + i] : "");
    add_line(v, PAINT_PLAIN, "");
    snprintf(foot, sizeof foot, "%s   any other key: back",
             page->lines.n > room ? "Up, Down, PgUp, PgDn" : "end");
    add_line(v, PAINT_REVERSE, page->lines.n > room ? foot : "any key: back");
}

/* ---- who, how old, how much ---- */

static const char *word(const json_t *state, const char *key)
{
    const char *value = json_str(state, key);

    return value ? value : "?";
}

/* Seconds as people say them: "0.4 s", "12 s", "3 min", "5 h". */
static void add_age(double age, struct sbuf *out)
{
    if (age < 10.)
        sbuf_addf(out, "%.1f s", age > 0. ? age : 0.);
    else if (age < 120.)
        sbuf_addf(out, "%.0f s", age);
    else if (age < 7200.)
        sbuf_addf(out, "%.0f min", age / 60.);
    else
        sbuf_addf(out, "%.0f h", age / 3600.);
}

/* It acts where something changes, and nothing has. */
static bool is_idle(const json_t *source)
{
    return json_is_null(json_object_get(source, "resync")) &&
           json_is_integer(json_object_get(source, "passes")) &&
           !json_integer_value(json_object_get(source, "passes"));
}

/* How long ago each room was in step; the agent said it when the state came. */
static void add_sources(const struct viewing *v, struct sbuf *out)
{
    const char *name;
    json_t *source;

    json_object_foreach(json_obj(v->t->state, "sources"), name, source) {
        const json_t *age = json_object_get(source, "last_ok_age");

        sbuf_addf(out, "%s%s ", out->len ? "  " : "in step: ", name);
        if (json_is_number(age))
            add_age(json_number_value(age) + v->now - v->t->at, out);
        else
            sbuf_adds(out, is_idle(source) ? "idle" : "never");
        sbuf_adds(out, json_str(source, "error") ? " (failing)" : "");
    }
}

static void view_shown(struct viewing *v)
{
    const struct top *t = v->t;
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;

    sbuf_addf(&line, "%zu of %zu %s by %s", t->n_shown, t->by_service ? t->services.n : t->rows.n,
              t->by_service ? "services" : "rows", top_sort_name(t));
    if (t->problems_only)
        sbuf_adds(&line, ", problems only");
    if (t->searching || t->search[0])
        sbuf_addf(&line, ", search: %s%s", t->search, t->searching ? "_" : "");
    add_line(v, t->searching ? PAINT_BOLD : PAINT_DIM, sbuf_str(&line));
}

static void view_head(struct viewing *v)
{
    const json_t *state = v->t->state;
    const struct paint plain = {0};
    CLEAN(sbuf) struct sbuf who = SBUF_INIT;
    CLEAN(sbuf) struct sbuf sources = SBUF_INIT;
    CLEAN(sbuf) struct sbuf sum = SBUF_INIT;
    bool ready = json_is_true(json_object_get(state, "ready"));

    sbuf_addf(&who, "%s  berth %s  node %s  %s  %s", v->clock, word(state, "version"),
              word(state, "node"), word(state, "address"),
              v->t->trouble ? "does not answer"
              : !state      ? "not read yet"
              : ready       ? "ready"
                            : "not everything is in step yet");
    add_line(v, ready ? PAINT_BOLD : PAINT_YELLOW, sbuf_str(&who));
    if (top_is_small(v->t))
        return;
    if (v->t->trouble) {
        sbuf_addf(&sources, "the agent does not answer, this is old: %s", v->t->trouble);
        add_line(v, PAINT_RED, sbuf_str(&sources));
    } else {
        add_sources(v, &sources);
        add_line(v, PAINT_PLAIN, sbuf_str(&sources));
    }
    status_print_summary(state, &plain, &sum);
    add_line(v, json_array_size(json_arr(state, "problems")) ? PAINT_RED : PAINT_GREEN,
             state ? sbuf_str(&sum) : "");
    view_shown(v);
}

/* ---- the list ---- */

static const struct table_column row_columns[] = {
    {"CONTAINER", 10, 0}, {"CONTAINER ADDRESS", 0, 4},  {"HOST ADDRESS", 0, 2},
    {"SERVICE", 8, 0},    {"SERVICE PORT/VHOST", 8, 3}, {"NODE", 5, 5},
    {"HAPROXY", 6, 0},
};

static const struct table_column service_columns[] = {
    {"SERVICE", 10, 0},  {"SERVICE PORT/VHOST", 8, 2},
    {"INSTANCES", 0, 0}, {"UP", 0, 0},
    {"HERE", 0, 1},      {"STATE", 0, 0},
};

static void add_row(struct table *table, const struct row *r)
{
    char buffer[32];

    table_add(table, r->container);
    table_add(table, r->inside);
    table_add(table, r->outside);
    table_add(table, r->service);
    table_add(table, r->ways);
    table_add(table, r->node);
    table_add_painted(table, status_colour(r->health), row_state(r, buffer));
}

static void add_number(struct table *table, size_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%zu", n);
    table_add(table, text);
}

static void add_service(struct table *table, const struct service_row *s)
{
    table_add(table, s->name);
    table_add(table, s->ways);
    add_number(table, s->instances);
    add_number(table, s->up);
    add_number(table, s->here);
    table_add_painted(table, status_colour(s->health),
                      s->health == ROW_BAD    ? s->up ? "degraded" : "down"
                      : s->health == ROW_AWAY ? "changing"
                      : s->health == ROW_GOOD ? "good"
                                              : NULL);
}

/* 's' without the colours of paint.h: on the selected row, they would end the mark. */
static void add_bare(const char *s, size_t len, struct sbuf *out)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '\033')
            i += strcspn(s + i, "m");
        else
            sbuf_addch(out, s[i]);
    }
}

/* Colours are given up where the line must be cut. */
static void add_listed(struct viewing *v, const char *text, size_t len, bool selected)
{
    enum paint_colour mark = selected ? PAINT_REVERSE : PAINT_PLAIN;
    CLEAN(sbuf) struct sbuf bare = SBUF_INIT;
    struct sbuf line = SBUF_INIT;

    sbuf_adds(&bare, selected ? "> " : "  ");
    add_bare(text, len, &bare);
    paint_begin(&v->paint, mark, &line);
    if (selected || bare.len > v->paint.columns) {
        paint_cut(sbuf_str(&bare), v->paint.columns, &line);
    } else {
        sbuf_adds(&line, "  ");
        sbuf_add(&line, text, len);
    }
    paint_end(&v->paint, mark, &line);
    strv_add_take(v->lines, sbuf_take(&line));
}

/* Its heading, and the rows that there is room for. */
static void add_table(struct viewing *v, const struct table *table,
                      const struct table_column *columns)
{
    const struct top *t = v->t;
    const struct paint p = {.columns = v->paint.columns > MARGIN ? v->paint.columns - MARGIN : 1,
                            .colour = v->paint.colour};
    size_t end = t->first + top_list_height(t), row = 0;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    const char *at;

    table_fit(table, columns, &p, &text);
    at = sbuf_str(&text);
    add_listed(v, at, strcspn(at, "\n"), false);
    for (at += strcspn(at, "\n") + 1; *at && row < end; at += strcspn(at, "\n") + 1, row++)
        if (row >= t->first)
            add_listed(v, at, strcspn(at, "\n"), row == t->selected);
}

/* All rows make the columns as wide as they are, or they would move when one scrolls. */
static void view_list(struct viewing *v)
{
    const struct top *t = v->t;
    const struct table_column *columns = t->by_service ? service_columns : row_columns;
    struct table table;

    table_begin(&table, columns,
                t->by_service ? ARRAY_LEN(service_columns) : ARRAY_LEN(row_columns));
    for (size_t i = 0; i < t->n_shown; i++) {
        if (t->by_service)
            add_service(&table, &t->services.v[t->shown[i]]);
        else
            add_row(&table, &t->rows.v[t->shown[i]]);
    }
    add_table(v, &table, columns);
    table_done(&table);
    if (t->n_shown || !t->state)
        return;
    add_line(v, PAINT_PLAIN,
             t->search[0]       ? "  nothing has that text; Esc ends the search"
             : t->problems_only ? "  all that is served takes traffic; p shows it"
                                : "  no container here has a port to be served");
}

/* ---- what has happened ---- */

static void view_problems(struct viewing *v, size_t room)
{
    const json_t *problem;
    size_t i;

    add_line(v, PAINT_BOLD, "PROBLEMS");
    json_array_foreach(json_arr(v->t->state, "problems"), i, problem) {
        CLEAN(free_str)
        char *line = xasprintf("  %s: %s", word(problem, "subject"), word(problem, "text"));

        if (i + 1 >= room)
            break;
        add_line(v, PAINT_RED, line);
    }
}

static void view_news(struct viewing *v)
{
    const struct strv *changes = &v->t->changes;
    size_t room = top_news_height(v->t), above = v->t->height - room - 1;

    if (!room)
        return;
    while (v->lines->n < above)
        add_line(v, PAINT_PLAIN, "");
    if (v->t->problems_only) {
        view_problems(v, room);
        return;
    }
    add_line(v, PAINT_BOLD, "RECENT CHANGES (UTC)");
    size_t n = changes->n < room - 1 ? changes->n : room - 1;
    for (size_t i = changes->n - n; i < changes->n; i++) {
        CLEAN(free_str) char *line = xasprintf("  %s", changes->v[i]);

        add_line(v, PAINT_PLAIN, line);
    }
}
