#include "agent/sse.h"

#include <string.h>

static void end_line(struct sse *s, sse_handler handler, void *arg);
static void end_event(struct sse *s, sse_handler handler, void *arg);
static const char *field(const char *line, const char *name);

void sse_take(struct sse *s, const char *bytes, size_t len, sse_handler handler, void *arg)
{
    while (len) {
        const char *newline = memchr(bytes, '\n', len);
        size_t piece = newline ? (size_t)(newline - bytes) : len;

        s->cut |= s->line.len + piece > SSE_LINE_MAX;
        if (!s->cut)
            sbuf_add(&s->line, bytes, piece);
        if (newline)
            end_line(s, handler, arg);
        piece += newline != NULL;
        bytes += piece;
        len -= piece;
    }
}

void sse_done(struct sse *s)
{
    sbuf_done(&s->line);
    sbuf_done(&s->data);
    *s = (struct sse){.line = SBUF_INIT};
}

static void add_data(struct sse *s, const char *data)
{
    if (s->data.len + strlen(data) >= SSE_LINE_MAX) {
        s->spoilt = true;
        return;
    }
    if (s->data.len)
        sbuf_addch(&s->data, '\n');
    sbuf_adds(&s->data, data);
}

static void set_name(struct sse *s, const char *name)
{
    size_t len = strlen(name);

    if (len < sizeof s->name)
        memcpy(s->name, name, len + 1);
    else
        s->spoilt = true;
}

static void end_line(struct sse *s, sse_handler handler, void *arg)
{
    const char *line = sbuf_str(&s->line), *value;
    size_t len = s->line.len;

    if (len && line[len - 1] == '\r')
        s->line.data[--len] = '\0';
    if (s->cut) {
        s->spoilt = true;
    } else if (!len) {
        end_event(s, handler, arg);
    } else if ((value = field(line, "event"))) {
        set_name(s, value);
    } else if ((value = field(line, "data"))) {
        add_data(s, value);
    }
    sbuf_clear(&s->line);
    s->cut = false;
}

static void end_event(struct sse *s, sse_handler handler, void *arg)
{
    if (!s->spoilt && s->name[0] && s->data.len)
        handler(arg, s->name, sbuf_str(&s->data), s->data.len);
    sbuf_clear(&s->data);
    s->name[0] = '\0';
    s->spoilt = false;
}

/* What stands behind "name:" and one blank, or NULL where 'line' is another field. */
static const char *field(const char *line, const char *name)
{
    size_t len = strlen(name);

    if (strncmp(line, name, len) || line[len] != ':')
        return NULL;
    line += len + 1;
    return *line == ' ' ? line + 1 : line;
}
