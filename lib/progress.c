#include "lib/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/paint.h"
#include "lib/term.h"

#define SHOW_SECONDS 1. /* from then on a step says how long it takes */

static void set_text(struct progress *p, const char *format, va_list args);
static void finish(const struct progress *p);
static void show(const struct progress *p);
static double now(void);

void progress_init(struct progress *p, const char *command, size_t of, bool plain)
{
    bool live = term_is(STDERR_FILENO);

    *p = (struct progress){.command = command, .of = of, .live = live, .plain = plain && !live};
}

void progress_step(struct progress *p, const char *format, ...)
{
    va_list args;

    if (!p->live && !p->plain)
        return;
    finish(p);
    va_start(args, format);
    set_text(p, format, args);
    va_end(args);
    p->n++;
    p->began = now();
    show(p);
}

void progress_update(struct progress *p, const char *format, ...)
{
    va_list args;

    if (!p->live)
        return;
    if (!p->n) {
        p->n = 1;
        p->began = now();
    }
    va_start(args, format);
    set_text(p, format, args);
    va_end(args);
    show(p);
}

void progress_clear(const struct progress *p)
{
    if (p->live && p->n)
        fputs("\r\033[K", stderr);
}

void progress_end(struct progress *p)
{
    finish(p);
    progress_break(p);
}

void progress_break(struct progress *p)
{
    progress_clear(p);
    p->n = 0;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void set_text(struct progress *p, const char *format, va_list args)
{
    vsnprintf(p->text, sizeof p->text, format, args);
}

static void add_number(const struct progress *p, struct sbuf *out)
{
    if (p->of)
        sbuf_addf(out, "[%zu/%zu] ", p->n, p->of);
}

/* What is done, with its time. */
static void finish(const struct progress *p)
{
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;

    if (!p->plain || !p->n)
        return;
    add_number(p, &line);
    sbuf_add_printable(&line, p->text);
    fprintf(stderr, "berth %s: %s: done in %.1f s\n", p->command, sbuf_str(&line),
            now() - p->began);
}

/* A line that is longer than the terminal could not be taken back. The cursor waits at its
 * beginning: a line of the log that comes between is written over it. */
static void show(const struct progress *p)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;
    double seconds = now() - p->began;
    size_t columns, rows;

    if (!p->live)
        return;
    term_size(STDERR_FILENO, &columns, &rows);
    add_number(p, &text);
    sbuf_add_printable(&text, p->text);
    sbuf_adds(&text, " ...");
    if (seconds >= SHOW_SECONDS)
        sbuf_addf(&text, " %.0f s", seconds);
    paint_cut(sbuf_str(&text), columns > 1 ? columns - 1 : 1, &line);
    fprintf(stderr, "\r%s\033[K\r", sbuf_str(&line));
}
