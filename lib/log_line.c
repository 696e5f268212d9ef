#include "lib/log_line.h"

#include <stdio.h>
#include <string.h>

static void add_text(struct sbuf *out, const struct log_line *l, const char *stamp);
static void add_logfmt(struct sbuf *out, const struct log_line *l, const char *stamp);
static bool is_plain(const char *value);
static void add_json(struct sbuf *out, const struct log_line *l, const char *stamp);
static void add_quoted(struct sbuf *out, const char *text);
static void format_stamp(const struct timespec *t, char *ret, size_t size);

void log_line_add(struct sbuf *out, enum log_format format, const struct log_line *l)
{
    char stamp[64];

    format_stamp(&l->now, stamp, sizeof stamp);
    if (l->journal)
        sbuf_addf(out, "<%d>", l->priority);
    switch (format) {
    case LOG_TEXT:
        add_text(out, l, stamp);
        break;
    case LOG_LOGFMT:
        add_logfmt(out, l, stamp);
        break;
    case LOG_JSON:
        add_json(out, l, stamp);
        break;
    }
    sbuf_addch(out, '\n');
}

int log_format_parse(const char *name, enum log_format *ret)
{
    static const char *const names[] = {
        [LOG_TEXT] = "text", [LOG_LOGFMT] = "logfmt", [LOG_JSON] = "json"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!strcmp(name, names[i])) {
            *ret = (enum log_format)i;
            return 0;
        }
    return -1;
}

/* The variable is inherited by programs whose output goes elsewhere. */
bool log_stream_is(const char *stream, unsigned long long device, unsigned long long inode)
{
    char wanted[64];

    snprintf(wanted, sizeof wanted, "%llu:%llu", device, inode);
    return stream && !strcmp(stream, wanted);
}

static void add_text(struct sbuf *out, const struct log_line *l, const char *stamp)
{
    if (!l->journal)
        sbuf_addf(out, "%s %-5s ", stamp, l->level);
    sbuf_addf(out, "%s: ", l->area);
    log_fact_print(out, &l->fact);
}

static void add_logfmt(struct sbuf *out, const struct log_line *l, const char *stamp)
{
    if (!l->journal)
        sbuf_addf(out, "time=%s ", stamp);
    sbuf_addf(out, "level=%s area=", l->level);
    if (strchr(l->area, ' '))
        add_quoted(out, l->area);
    else
        sbuf_adds(out, l->area);
    sbuf_adds(out, " msg=");
    add_quoted(out, l->fact.text);
    for (size_t i = 0; i < l->fact.fields.n; i++) {
        const struct kv *f = &l->fact.fields.v[i];

        sbuf_addf(out, " %s=", f->key);
        if (is_plain(f->value))
            sbuf_adds(out, f->value);
        else
            add_quoted(out, f->value);
    }
}

/* Does logfmt read it without quotes? */
static bool is_plain(const char *value)
{
    for (const char *p = value; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == '"' || *p == '=' || *p == '\\')
            return false;
    return true;
}

static void add_json(struct sbuf *out, const struct log_line *l, const char *stamp)
{
    sbuf_addch(out, '{');
    if (!l->journal)
        sbuf_addf(out, "\"time\":\"%s\",", stamp);
    sbuf_addf(out, "\"level\":\"%s\",\"area\":", l->level);
    add_quoted(out, l->area);
    sbuf_adds(out, ",\"msg\":");
    add_quoted(out, l->fact.text);
    for (size_t i = 0; i < l->fact.fields.n; i++) {
        sbuf_addf(out, ",\"%s\":", l->fact.fields.v[i].key);
        add_quoted(out, l->fact.fields.v[i].value);
    }
    sbuf_addch(out, '}');
}

/* In quotes, with a backslash before quotes and backslashes: good as JSON and as logfmt, since no
 * control character is left. */
static void add_quoted(struct sbuf *out, const char *text)
{
    CLEAN(sbuf) struct sbuf plain = SBUF_INIT;

    sbuf_add_printable(&plain, text);
    sbuf_addch(out, '"');
    for (const char *p = sbuf_str(&plain); *p; p++) {
        if (*p == '"' || *p == '\\')
            sbuf_addch(out, '\\');
        sbuf_addch(out, *p);
    }
    sbuf_addch(out, '"');
}

static void format_stamp(const struct timespec *t, char *ret, size_t size)
{
    struct tm utc;
    char seconds[32];

    gmtime_r(&t->tv_sec, &utc);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(ret, size, "%s.%03ldZ", seconds, t->tv_nsec / 1000000);
}
