#include "lib/problem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define SLOTS_MIN 16

static bool contains(const struct problems *p, const struct problem *wanted);
static void file_under(struct problems *p, size_t at);
static void grow_slots(struct problems *p);
static uint32_t hash_of(const char *subject, const char *text);

void problems_done(struct problems *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->v[i].subject);
        free(p->v[i].text);
    }
    free(p->v);
    free(p->slots);
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
    struct problem problem = {(char *)(uintptr_t)subject, text, hash_of(subject, text)};
    if (contains(p, &problem)) {
        free(text);
        return;
    }
    problem.subject = xstrdup(subject);
    p->v = xgrow(p->v, p->n, &p->cap, sizeof *p->v);
    p->v[p->n++] = problem;
    if (p->n * 2 > p->n_slots)
        grow_slots(p);
    else
        file_under(p, p->n - 1);
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
        if (!contains(last, &now->v[i])) {
            log_warn(area, "%s: %s", now->v[i].subject, now->v[i].text);
            changed = true;
        }
    for (size_t i = 0; i < last->n; i++)
        if (!contains(now, &last->v[i])) {
            log_info(area, "over: %s: %s", last->v[i].subject, last->v[i].text);
            changed = true;
        }
    problems_done(last);
    *last = *now;
    *now = (struct problems){0};
    return changed;
}

static bool contains(const struct problems *p, const struct problem *wanted)
{
    for (size_t i = wanted->hash; p->n_slots && p->slots[i & (p->n_slots - 1)]; i++) {
        const struct problem *there = &p->v[p->slots[i & (p->n_slots - 1)] - 1];

        if (there->hash == wanted->hash && !strcmp(there->subject, wanted->subject) &&
            !strcmp(there->text, wanted->text))
            return true;
    }
    return false;
}

/* No more than half of the slots are taken: there is a free one. */
static void file_under(struct problems *p, size_t at)
{
    size_t i = p->v[at].hash;

    while (p->slots[i & (p->n_slots - 1)])
        i++;
    p->slots[i & (p->n_slots - 1)] = (uint32_t)at + 1;
}

static void grow_slots(struct problems *p)
{
    free(p->slots);
    p->n_slots = p->n_slots ? p->n_slots * 2 : SLOTS_MIN;
    p->slots = xcalloc(p->n_slots, sizeof *p->slots);
    for (size_t i = 0; i < p->n; i++)
        file_under(p, i);
}

/* FNV-1a over both, with their ends. */
static uint32_t hash_of(const char *subject, const char *text)
{
    const char *const words[] = {subject, text};
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        for (const char *c = words[i];; c++) {
            hash = (hash ^ (uint8_t)*c) * 16777619u;
            if (!*c)
                break;
        }
    return hash;
}
