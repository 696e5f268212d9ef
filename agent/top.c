#include "agent/top.h"

#include <stdlib.h>
#include <string.h>

#include "agent/top_list.h"
#include "lib/endpoint.h"
#include "lib/json.h"
#include "lib/paint.h"
#include "lib/xmalloc.h"

#define HEAD_LINES 5     /* above the list: who, sources, sum, what is shown, headings */
#define HEAD_LINES_MIN 2 /* who, headings */
#define FOOT_LINES 1
#define SMALL 12   /* lines of a screen that has no room for more than the list */
#define NEWS_MAX 8 /* lines, with their heading */
#define CONTAINER_ID_LEN 64
#define CHANGE_VALUE_MAX 200 /* bytes of one value of a change */
#define PAGE_INDENT 14       /* of lines that go on: where explain's texts begin */

static const char help[] =
    "berth top\n"
    "\n"
    "  Up, Down, k, j      select a row\n"
    "  PgUp, PgDn, Home, End\n"
    "  v                   containers, or services\n"
    "  s                   sort: by name, service, state, host port\n"
    "  p                   only what does not take traffic, and the problems\n"
    "  /                   search: rows with that text; Enter keeps it, Esc ends it\n"
    "  Enter               explain the row: why it is served as it is\n"
    "  ?                   this page\n"
    "  q, ^C               end\n"
    "\n"
    "A state in brackets is not HAProxy's: it is what keeps the service from it.\n"
    "The list is drawn again when the agent says that something has changed.\n";

static enum top_action press_in_search(struct top *t, enum top_key key, char character);
static enum top_action press_in_page(struct top *t, enum top_key key, char character);
static enum top_action press_character(struct top *t, char character);
static bool move(size_t *at, size_t n, size_t page, enum top_key key);
static void keep_in_sight(struct top *t);
static void add_change(struct strv *list, const json_t *change);

void top_init(struct top *t, size_t columns, size_t height)
{
    *t = (struct top){.columns = columns, .height = height};
}

void top_done(struct top *t)
{
    rows_done(&t->rows);
    service_rows_done(&t->services);
    json_decref(t->state);
    strv_done(&t->changes);
    strv_done(&t->page.lines);
    free(t->shown);
    free(t->trouble);
    *t = (struct top){0};
}

void top_resize(struct top *t, size_t columns, size_t height)
{
    t->columns = columns;
    t->height = height;
    keep_in_sight(t);
}

void top_set_state(struct top *t, json_t *state, double now)
{
    CLEAN(free_str) char *selected = top_list_key(t, t->selected);

    rows_done(&t->rows);
    service_rows_done(&t->services);
    json_decref(t->state);
    t->state = json_incref(state);
    t->at = now;
    free(t->trouble);
    t->trouble = NULL;
    rows_make(t->state, &t->rows);
    service_rows_make(&t->rows, &t->services);
    top_list_make(t, selected);
    keep_in_sight(t);
}

void top_add_changes(struct top *t, const json_t *changes, bool all)
{
    const json_t *change;
    size_t i, n = json_array_size(changes);

    if (all) {
        strv_done(&t->changes);
        t->changes = (struct strv){0};
    }
    json_array_foreach(changes, i, change)
        if (i + TOP_CHANGES_MAX >= n)
            add_change(&t->changes, change);
    while (t->changes.n > TOP_CHANGES_MAX)
        strv_remove(&t->changes, 0);
}

void top_set_trouble(struct top *t, const char *why)
{
    free(t->trouble);
    t->trouble = xstrdup(why);
}

enum top_action top_press(struct top *t, enum top_key key, char character)
{
    if (t->in_page)
        return press_in_page(t, key, character);
    if (t->searching)
        return press_in_search(t, key, character);
    if (key == TOP_KEY_CHARACTER)
        return press_character(t, character);
    if (key == TOP_KEY_ENTER)
        return top_subject(t) ? TOP_EXPLAIN : TOP_GO_ON;
    if (key == TOP_KEY_ESCAPE && t->search[0]) {
        t->search[0] = '\0';
        top_list_make(t, NULL);
    }
    move(&t->selected, t->n_shown, top_list_height(t), key);
    keep_in_sight(t);
    return TOP_GO_ON;
}

const char *top_subject(const struct top *t)
{
    if (t->selected >= t->n_shown)
        return NULL;
    if (t->by_service)
        return t->services.v[t->shown[t->selected]].name;
    const struct row *r = &t->rows.v[t->shown[t->selected]];
    return r->ours && r->inside ? r->container : r->service;
}

void top_show_page(struct top *t, const char *text)
{
    const struct paint p = {.columns = t->columns};
    CLEAN(sbuf) struct sbuf wrapped = SBUF_INIT;

    strv_done(&t->page.lines);
    t->page = (struct top_page){0};
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        CLEAN(free_str) char *line = xstrndup(text, strcspn(text, "\n"));

        paint_wrap(&p, line, 0, PAGE_INDENT, &wrapped);
        sbuf_addch(&wrapped, '\n');
    }
    for (const char *at = sbuf_str(&wrapped); *at; at += strcspn(at, "\n") + 1)
        strv_addn(&t->page.lines, at, strcspn(at, "\n"));
    t->in_page = true;
}

bool top_is_small(const struct top *t)
{
    return t->height < SMALL;
}

size_t top_news_height(const struct top *t)
{
    size_t quarter = t->height / 4;

    if (top_is_small(t))
        return 0;
    return quarter < NEWS_MAX ? quarter : NEWS_MAX;
}

size_t top_list_height(const struct top *t)
{
    size_t head = top_is_small(t) ? HEAD_LINES_MIN : HEAD_LINES;
    size_t others = head + FOOT_LINES + top_news_height(t);

    return t->height > others ? t->height - others : 1;
}

const char *top_sort_name(const struct top *t)
{
    static const char *const names[] = {"name", "service", "state", "host port"};

    return names[t->sort];
}

/* ---- keys ---- */

static void list_again(struct top *t)
{
    CLEAN(free_str) char *selected = top_list_key(t, t->selected);

    top_list_make(t, selected);
    keep_in_sight(t);
}

static enum top_action press_character(struct top *t, char character)
{
    switch (character) {
    case 'q':
        return TOP_QUIT;
    case '?':
    case 'h':
        top_show_page(t, help);
        break;
    case '/':
        t->searching = true;
        t->search[0] = '\0';
        break;
    case 's':
        t->sort = (t->sort + 1) % TOP_SORTS;
        break;
    case 'p':
        t->problems_only = !t->problems_only;
        break;
    case 'v':
        t->by_service = !t->by_service;
        t->selected = t->n_shown = 0;
        break;
    case 'k':
        return top_press(t, TOP_KEY_UP, 0);
    case 'j':
        return top_press(t, TOP_KEY_DOWN, 0);
    default:
        return TOP_GO_ON;
    }
    list_again(t);
    return TOP_GO_ON;
}

static enum top_action press_in_search(struct top *t, enum top_key key, char character)
{
    size_t len = strlen(t->search);

    if (key == TOP_KEY_CHARACTER && len < TOP_SEARCH_MAX) {
        t->search[len] = character;
        t->search[len + 1] = '\0';
    } else if (key == TOP_KEY_BACKSPACE && len) {
        t->search[len - 1] = '\0';
    } else if (key == TOP_KEY_ESCAPE || (key == TOP_KEY_BACKSPACE && !len)) {
        t->searching = false;
        t->search[0] = '\0';
    } else if (key == TOP_KEY_ENTER) {
        t->searching = false;
    } else {
        move(&t->selected, t->n_shown, top_list_height(t), key);
    }
    list_again(t);
    return TOP_GO_ON;
}

static enum top_action press_in_page(struct top *t, enum top_key key, char character)
{
    size_t room = t->height > 2 ? t->height - 2 : 1;
    size_t last = t->page.lines.n > room ? t->page.lines.n - room : 0;

    if (key == TOP_KEY_CHARACTER && (character == 'k' || character == 'j'))
        key = character == 'k' ? TOP_KEY_UP : TOP_KEY_DOWN;
    if (move(&t->page.first, last + 1, room, key) || key == TOP_KEY_NONE)
        return TOP_GO_ON;
    t->in_page = false;
    return TOP_GO_ON;
}

/* Moves '*at' among 'n' as 'key' says. Returns whether it is a key that moves. */
static bool move(size_t *at, size_t n, size_t page, enum top_key key)
{
    size_t last = n ? n - 1 : 0;

    if (key == TOP_KEY_UP)
        *at -= *at > 0;
    else if (key == TOP_KEY_DOWN)
        ++*at;
    else if (key == TOP_KEY_PAGE_UP)
        *at -= *at > page ? page : *at;
    else if (key == TOP_KEY_PAGE_DOWN)
        *at += page;
    else if (key == TOP_KEY_HOME)
        *at = 0;
    else if (key == TOP_KEY_END)
        *at = last;
    else
        return false;
    if (*at > last)
        *at = last;
    return true;
}

static void keep_in_sight(struct top *t)
{
    size_t room = top_list_height(t);

    if (t->selected >= t->n_shown)
        t->selected = t->n_shown ? t->n_shown - 1 : 0;
    if (t->first > t->selected)
        t->first = t->selected;
    if (t->selected >= t->first + room)
        t->first = t->selected - room + 1;
    if (t->first + room > t->n_shown)
        t->first = t->n_shown > room ? t->n_shown - room : 0;
}

/* ---- changes ---- */

/* A container's id is shown as Docker shows it, by its beginning. */
static int shown_length(const char *value)
{
    size_t len = strlen(value);

    if (len == CONTAINER_ID_LEN && strspn(value, "0123456789abcdef") == len)
        return CONTAINER_ID_SHORT;
    return len > CHANGE_VALUE_MAX ? CHANGE_VALUE_MAX : (int)len;
}

/* "07:12:00 portmap: mapping added host-port=28001 container=web-1"; the time is UTC, as the log's.
 */
static void add_change(struct strv *list, const json_t *change)
{
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;
    struct sbuf printable = SBUF_INIT;
    const char *area = json_str(change, "area"), *text = json_str(change, "text"), *key;
    double seconds = json_number_value(json_object_get(change, "time"));
    unsigned long long day = seconds > 0. && seconds < 1e12 ? (unsigned long long)seconds : 0;
    json_t *value;

    sbuf_addf(&line, "%02llu:%02llu:%02llu %s: %s", day / 3600 % 24, day / 60 % 60, day % 60,
              area ? area : "?", text ? text : "?");
    json_object_foreach(json_obj(change, "fields"), key, value)
        if (json_is_string(value))
            sbuf_addf(&line, " %s=%.*s", key, shown_length(json_string_value(value)),
                      json_string_value(value));
    sbuf_add_printable(&printable, sbuf_str(&line));
    strv_add_take(list, sbuf_take(&printable));
}
