#include "lb-template/mlb/translate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/words.h"
#include "lib/clean.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

/* One line that is translated. */
struct line {
    const char *keyword;
    struct strv args;  /* as they are written: quotes and backslashes are still there */
    const char *rules; /* "http-request" or "http-response" */
    struct sbuf *out;
};

struct directive {
    const char *keyword;
    const char *rules;
    int (*translate)(struct line *l, struct err **err); /* NULL: the line is left out */
};

static int add_header(struct line *l, struct err **err);
static int delete_header(struct line *l, struct err **err);
static int replace(struct line *l, struct err **err);
static int block(struct line *l, struct err **err);
static int lua_service(struct line *l, struct err **err);
static int lua_load(struct line *l, struct err **err);
static int no_counterpart(struct line *l, struct err **err);

static const struct directive directives[] = {
    {"reqadd", "http-request", add_header},
    {"rspadd", "http-response", add_header},
    {"reqdel", "http-request", delete_header},
    {"reqidel", "http-request", delete_header},
    {"rspdel", "http-response", delete_header},
    {"rspidel", "http-response", delete_header},
    {"reqrep", "http-request", replace},
    {"reqirep", "http-request", replace},
    {"rsprep", "http-response", replace},
    {"rspirep", "http-response", replace},
    {"block", "http-request", block},
    {"http-request", "http-request", lua_service},
    {"lua-load", "", lua_load},
    /* Weights and drains are in the text itself; a state file would bring old addresses back. */
    {"server-state-file", "", NULL},
    {"server-state-base", "", NULL},
    {"load-server-state-from-file", "", NULL},
    {"nbproc", "", NULL},
    {"reqallow", "", no_counterpart},
    {"reqiallow", "", no_counterpart},
    {"reqdeny", "", no_counterpart},
    {"reqideny", "", no_counterpart},
    {"reqpass", "", no_counterpart},
    {"reqipass", "", no_counterpart},
    {"reqtarpit", "", no_counterpart},
    {"reqitarpit", "", no_counterpart},
    {"rspdeny", "", no_counterpart},
    {"rspideny", "", no_counterpart},
};

static int translate_line(const char *line, size_t len, struct sbuf *out, struct err **err);
static void split_raw(const char *line, struct strv *ret);
static char *unescape(const char *word);
static char *header_name(const char *text, size_t *ret_len);
static int replace_path(struct line *l, const char *search, const char *with, struct err **err);
static int replace_header(struct line *l, const char *search, const char *with, struct err **err);
static char *renumber(const char *with);
static void add_quoted(struct sbuf *out, const char *text);
static void add_rest(struct line *l, size_t from);

int mlb_translate(const char *text, struct sbuf *out, struct err **err)
{
    while (*text) {
        size_t len = strcspn(text, "\r\n");

        if (translate_line(text, len, out, err))
            return -1;
        text += len;
        if (!*text)
            return 0; /* a final newline matters: what follows may go on in this line */
        if (text[0] == '\r' && text[1] == '\n')
            text++;
        text++;
        sbuf_addch(out, '\n');
    }
    return 0;
}

static int translate_line(const char *line, size_t len, struct sbuf *out, struct err **err)
{
    CLEAN(free_str) char *copy = xstrndup(line, len);
    struct line l = {.out = out};
    int rc = 0;

    for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
        const struct directive *d = &directives[i];
        const char *first = copy + strspn(copy, " \t");
        size_t n = strlen(d->keyword);

        if (strncmp(first, d->keyword, n) || (first[n] && first[n] != ' ' && first[n] != '\t'))
            continue;
        if (!d->translate)
            return 0;
        split_raw(first + n, &l.args);
        l.keyword = d->keyword;
        l.rules = d->rules;
        size_t before = out->len;
        rc = d->translate(&l, err);
        strv_done(&l.args);
        if (rc || out->len != before || strcmp(d->keyword, "http-request"))
            return rc;
    }
    sbuf_adds(out, copy);
    return 0;
}

/* Words with their quotes and backslashes, up to a comment. */
static void split_raw(const char *line, struct strv *ret)
{
    for (;;) {
        line += strspn(line, " \t");
        const char *start = line;
        char quote = '\0';

        if (!*line || *line == '#')
            return;
        for (; *line && (quote || !strchr(" \t", *line)); line++) {
            if (*line == '\\' && quote != '\'' && line[1])
                line++;
            else if (quote ? *line == quote : *line == '"' || *line == '\'')
                quote = quote ? '\0' : *line;
        }
        strv_addn(ret, start, (size_t)(line - start));
    }
}

/* rspadd Name:\ value [if condition] */
static int add_header(struct line *l, struct err **err)
{
    size_t len;

    if (!l->args.n)
        return err_set(err, "%s lacks the header", l->keyword);
    CLEAN(free_str) char *text = unescape(l->args.v[0]);
    CLEAN(free_str) char *name = header_name(text, &len);
    if (!name)
        return err_set(err, "%s takes \"Name: value\"", l->keyword);
    sbuf_addf(l->out, "  %s add-header %s ", l->rules, name);
    add_quoted(l->out, text + len);
    add_rest(l, 1);
    return 0;
}

/* reqidel ^Name:.* */
static int delete_header(struct line *l, struct err **err)
{
    size_t len;

    CLEAN(free_str) char *text = l->args.n ? unescape(l->args.v[0]) : xstrdup("");
    CLEAN(free_str) char *name = *text == '^' ? header_name(text + 1, &len) : NULL;
    if (!name)
        return err_set(err,
                       "%s is gone from HAProxy: only \"^Name:\" can be translated, use "
                       "\"%s del-header\"",
                       l->keyword, *l->rules ? l->rules : "http-request");
    sbuf_addf(l->out, "  %s del-header %s", l->rules, name);
    add_rest(l, 1);
    return 0;
}

static int replace(struct line *l, struct err **err)
{
    if (l->args.n < 2)
        return err_set(err, "%s takes an expression and a text", l->keyword);
    CLEAN(free_str) char *search = unescape(l->args.v[0]);
    CLEAN(free_str) char *with = unescape(l->args.v[1]);
    if (!strcmp(l->rules, "http-request") && !strncmp(search, "^([^", 4))
        return replace_path(l, search, with, err);
    return replace_header(l, search, with, err);
}

/* The request line: "^([^ :]*) /old/?(.*)" with "\1 /new/\2". The first group is the method. */
static int replace_path(struct line *l, const char *search, const char *with, struct err **err)
{
    const char *path = strchr(search, ')');
    bool any_case = l->keyword[3] == 'i';

    path = path ? path + 1 : search;
    path += *path == '*' || *path == '+';
    path += *path == ')';
    if (*path != ' ' || strncmp(with, "\\1 ", 3))
        return err_set(err,
                       "%s is gone from HAProxy, and this one is too odd to be translated: "
                       "use \"http-request replace-path\"",
                       l->keyword);
    CLEAN(free_str) char *expression = xasprintf("%s^%s", any_case ? "(?i)" : "", path + 1);
    CLEAN(free_str) char *text = renumber(with + 3);
    sbuf_adds(l->out, "  http-request replace-pathq ");
    add_quoted(l->out, expression);
    sbuf_addch(l->out, ' ');
    add_quoted(l->out, text);
    add_rest(l, 2);
    return 0;
}

/* One header: "^Name:\ old(.*)" with "Name:\ new\1". */
static int replace_header(struct line *l, const char *search, const char *with, struct err **err)
{
    size_t len = 0, with_len = 0;
    bool any_case = l->keyword[3] == 'i';

    CLEAN(free_str) char *name = *search == '^' ? header_name(search + 1, &len) : NULL;
    CLEAN(free_str) char *same = header_name(with, &with_len);
    if (!name || !same)
        return err_set(err,
                       "%s is gone from HAProxy, and this one names no header: use \"%s "
                       "replace-header\"",
                       l->keyword, l->rules);
    CLEAN(free_str) char *expression = xasprintf("%s^%s", any_case ? "(?i)" : "", search + 1 + len);
    sbuf_addf(l->out, "  %s replace-header %s ", l->rules, name);
    add_quoted(l->out, expression);
    sbuf_addch(l->out, ' ');
    add_quoted(l->out, with + with_len);
    add_rest(l, 2);
    return 0;
}

static int block(struct line *l, struct err **err)
{
    (void)err;
    sbuf_addf(l->out, "  %s deny", l->rules);
    add_rest(l, 0);
    return 0;
}

/* http-request use-service lua.getpids if getpid */
static int lua_service(struct line *l, struct err **err)
{
    static const char *const known[] = {"lua.getpids",   "lua.getconfig",    "lua.getvhostmap",
                                        "lua.getappmap", "lua.signalmlbhup", "lua.signalmlbusr1"};

    (void)err;
    for (size_t i = 0; i < ARRAY_LEN(known) && l->args.n > 1; i++) {
        if (strcmp(l->args.v[0], "use-service") || strcmp(l->args.v[1], known[i]))
            continue;
        sbuf_adds(l->out, "  use_backend " MLB_ANSWERS);
        add_rest(l, 2);
        return 0;
    }
    return 0;
}

/* Scripts of marathon-lb's own are not needed; others are kept. */
static int lua_load(struct line *l, struct err **err)
{
    (void)err;
    if (l->args.n && strncmp(l->args.v[0], "/marathon-lb/", 13)) {
        sbuf_adds(l->out, "  lua-load");
        add_rest(l, 0);
    }
    return 0;
}

static int no_counterpart(struct line *l, struct err **err)
{
    return err_set(err,
                   "%s is gone from HAProxy and cannot be translated: use \"http-request\" or "
                   "\"http-response\" rules",
                   l->keyword);
}

/* The word as HAProxy takes it; a '\' before anything but a blank, a quote, '#' or '\' stays. */
static char *unescape(const char *word)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    char quote = '\0';

    sbuf_adds(&out, "");
    for (const char *c = word; *c; c++) {
        if (*c == '\\' && quote != '\'' && c[1] && strchr(" \\#\"'", c[1]))
            sbuf_addch(&out, *++c);
        else if (quote ? *c == quote : *c == '"' || *c == '\'')
            quote = quote ? '\0' : *c;
        else
            sbuf_addch(&out, *c);
    }
    return sbuf_take(&out);
}

/* "Name" of "Name: value"; '*ret_len' is where the value begins. */
static char *header_name(const char *text, size_t *ret_len)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    if (!len || text[len] != ':')
        return NULL;
    *ret_len = len + 1 + strspn(text + len + 1, " ");
    return xstrndup(text, len);
}

/* \2 becomes \1, and so on: the method's group is not there any more. */
static char *renumber(const char *with)
{
    char *text = xstrdup(with);

    for (char *c = text; *c; c++)
        if (c[0] == '\\' && c[1] >= '2' && c[1] <= '9')
            (*++c)--;
    return text;
}

static void add_quoted(struct sbuf *out, const char *text)
{
    sbuf_addch(out, '"');
    for (; *text; text++) {
        if (strchr("\"\\$", *text))
            sbuf_addch(out, '\\');
        sbuf_addch(out, *text);
    }
    sbuf_addch(out, '"');
}

static void add_rest(struct line *l, size_t from)
{
    for (size_t i = from; i < l->args.n; i++)
        sbuf_addf(l->out, " %s", l->args.v[i]);
}
