#include "lib/log_ring.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"

struct log_ring {
    struct log_ring_fact v[LOG_RING_FACTS]; /* number n stands at n % LOG_RING_FACTS */
    uint64_t newest;
    size_t n; /* so many, up to the newest */
    size_t bytes;
    void (*on_fact)(void *arg);
    void *arg;
};

static char *copy(const char *text, size_t *size);
static void drop_oldest(struct log_ring *r);

struct log_ring *log_ring_new(void)
{
    return xcalloc(1, sizeof(struct log_ring));
}

void log_ring_free(struct log_ring *r)
{
    if (!r)
        return;
    while (r->n)
        drop_oldest(r);
    free(r);
}

void log_ring_listen(struct log_ring *r, void (*on_fact)(void *arg), void *arg)
{
    r->on_fact = on_fact;
    r->arg = arg;
}

void log_ring_add(struct log_ring *r, const char *level, const char *area,
                  const struct timespec *now, const struct log_fact *f)
{
    struct log_ring_fact new = {.n = r->newest + 1, .level = level};

    new.time = (double)now->tv_sec + (double)now->tv_nsec / 1e9;
    new.area = copy(area, &new.size);
    new.text = copy(f->text, &new.size);
    for (size_t i = 0; i < f->fields.n && i < LOG_RING_FIELDS; i++) {
        CLEAN(free_str) char *value = copy(f->fields.v[i].value, &new.size);
        kvs_add(&new.fields, f->fields.v[i].key, value);
        new.size += strlen(f->fields.v[i].key);
    }
    while (r->n && (r->n == LOG_RING_FACTS || r->bytes + new.size > LOG_RING_BYTES))
        drop_oldest(r);
    r->newest = new.n;
    r->n++;
    r->bytes += new.size;
    r->v[new.n % LOG_RING_FACTS] = new;
    if (r->on_fact)
        r->on_fact(r->arg);
}

uint64_t log_ring_newest(const struct log_ring *r)
{
    return r->newest;
}

const struct log_ring_fact *log_ring_after(const struct log_ring *r, uint64_t n)
{
    uint64_t oldest = r->newest - r->n + 1;

    if (!r->n || n == r->newest)
        return NULL;
    if (n + 1 < oldest || n > r->newest)
        n = oldest - 1;
    return &r->v[(n + 1) % LOG_RING_FACTS];
}

/* Printable, and no longer than LOG_RING_TEXT; '*size' grows by its bytes. */
static char *copy(const char *text, size_t *size)
{
    struct sbuf plain = SBUF_INIT;
    CLEAN(free_str) char *cut = xstrndup(text, LOG_RING_TEXT);

    sbuf_add_printable(&plain, cut);
    *size += plain.len < LOG_RING_TEXT ? plain.len : LOG_RING_TEXT;
    char *all = sbuf_take(&plain);
    if (strlen(all) > LOG_RING_TEXT)
        all[LOG_RING_TEXT] = '\0';
    return all;
}

static void drop_oldest(struct log_ring *r)
{
    struct log_ring_fact *f = &r->v[(r->newest - r->n + 1) % LOG_RING_FACTS];

    r->n--;
    r->bytes -= f->size;
    free(f->area);
    free(f->text);
    kvs_done(&f->fields);
    *f = (struct log_ring_fact){0};
}
