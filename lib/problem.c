#include "lib/problem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/xmalloc.h"

static bool contains(const struct problems *p, const char *subject, const char *text);

void problems_done(struct problems *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->v[i].subject);
        free(p->v[i].text);
    }
    free(p->v);
    *p = (struct problems){0};
}

void problems_add(struct problems *p, const char *subject, const char *format, ...)
{
    va_list args;

    if (!p)
        return;
    va_start(args, format);
    char *text = xvasprintf(format, args);
    va_end(args);
    if (contains(p, subject, text)) {
        free(text);
        return;
    }
    p->v = xgrow(p->v, p->n, &p->cap, sizeof *p->v);
    p->v[p->n++] = (struct problem){xstrdup(subject), text};
}

bool problems_equal(const struct problems *a, const struct problems *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i].subject, b->v[i].subject) || strcmp(a->v[i].text, b->v[i].text))
            return false;
    return true;
}

bool problems_report(const char *area, struct problems *last, struct problems *now)
{
    bool changed = false;

    for (size_t i = 0; i < now->n; i++)
        if (!contains(last, now->v[i].subject, now->v[i].text)) {
            log_warn(area, "%s: %s", now->v[i].subject, now->v[i].text);
            changed = true;
        }
    for (size_t i = 0; i < last->n; i++)
        if (!contains(now, last->v[i].subject, last->v[i].text)) {
            log_info(area, "over: %s: %s", last->v[i].subject, last->v[i].text);
            changed = true;
        }
    problems_done(last);
    *last = *now;
    *now = (struct problems){0};
    return changed;
}

static bool contains(const struct problems *p, const char *subject, const char *text)
{
    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(p->v[i].subject, subject) && !strcmp(p->v[i].text, text))
            return true;
    return false;
}
