/* `berth top`: what is known, what somebody looks at, and what a key does to that. Pure.
 *
 * top_view.h makes lines of it, top_screen.h has the terminal and asks the agent. The selected
 * row stays selected when others come and go. */
#ifndef AGENT_TOP_H
#define AGENT_TOP_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/row.h"
#include "agent/service_row.h"
#include "agent/top_key.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

#define TOP_CHANGES_MAX 200 /* that are kept */
#define TOP_SEARCH_MAX 64   /* bytes */

enum top_sort { TOP_SORT_NAME, TOP_SORT_SERVICE, TOP_SORT_STATE, TOP_SORT_PORT, TOP_SORTS };

/* What a key asks of who has the terminal. */
enum top_action { TOP_GO_ON, TOP_QUIT, TOP_EXPLAIN };

/* A page of text in front of the list. */
struct top_page {
    struct strv lines;
    size_t first; /* line that is shown first */
};

struct top {
    size_t columns, height; /* of the screen */

    json_t *state; /* the last one; NULL: none yet */
    double at;     /* when that came, in seconds */
    struct rows rows;
    struct service_rows services;
    struct strv changes; /* printable, the newest last */
    char *trouble;       /* why the agent does not answer; NULL: it does */

    bool by_service; /* services are listed, else containers */
    enum top_sort sort;
    bool problems_only;
    bool searching; /* keys go into 'search' */
    char search[TOP_SEARCH_MAX + 1];
    size_t *shown; /* indexes into 'rows', or 'services', as they are listed */
    size_t n_shown;
    size_t selected; /* in 'shown' */
    size_t first;    /* row that is listed first */
    struct top_page page;
    bool in_page;
};

/* Nothing is known yet, and all containers are to be listed. */
void top_init(struct top *t, size_t columns, size_t height);
void top_done(struct top *t);

/* The terminal has another size now; the selected row stays in sight. */
void top_resize(struct top *t, size_t columns, size_t height);

/* 'state' came at 'now'; a reference is taken. The agent answers. */
void top_set_state(struct top *t, json_t *state, double now);

/* 'changes' as in /v1/changes: 'all' that there are, or further ones. */
void top_add_changes(struct top *t, const json_t *changes, bool all);

/* The agent does not answer. */
void top_set_trouble(struct top *t, const char *why);

/* A key was pressed. After TOP_EXPLAIN, who has the terminal asks about top_subject(). */
enum top_action top_press(struct top *t, enum top_key key, char character);

/* What is selected: a container or service; NULL: nothing. Valid until the next call. */
const char *top_subject(const struct top *t);

/* Shows 'text' in front of the list until a key closes it. */
void top_show_page(struct top *t, const char *text);

/* Is the screen so low that only the list has room? */
bool top_is_small(const struct top *t);

/* How many rows of the list there is room for. */
size_t top_list_height(const struct top *t);

/* How many lines below the list say what has happened. */
size_t top_news_height(const struct top *t);

/* "container", "service", "state" or "host port". */
const char *top_sort_name(const struct top *t);

#endif
