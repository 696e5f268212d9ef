#include "lib/log_ring.h"

#include <string.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void add(struct log_ring *r, const char *level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct log_ring *r, const char *level, const char *format, ...)
{
    struct timespec now = {.tv_sec = 1763712000, .tv_nsec = 125000000};
    struct log_fact f;
    va_list args;

    va_start(args, format);
    log_fact_make(&f, format, args);
    va_end(args);
    log_ring_add(r, level, "portmap", &now, &f);
    log_fact_done(&f);
}

static size_t count_after(const struct log_ring *r, uint64_t n)
{
    size_t count = 0;

    for (const struct log_ring_fact *f = log_ring_after(r, n); f; f = log_ring_after(r, f->n))
        count++;
    return count;
}

static void test_values(void)
{
    struct log_ring *r = log_ring_new();

    ok(!log_ring_newest(r) && !log_ring_after(r, 0), "it begins empty");
    add(r, "info", "mapping added host-port=%u container=%s", 28001U, "w\xc3\xa9\n");
    const struct log_ring_fact *f = log_ring_after(r, 0);
    ok(f && f->n == 1 && log_ring_newest(r) == 1, "the first has number 1");
    ok(f->time == 1763712000.125, "its time");
    is_str(f->level, "info", "its level");
    is_str(f->area, "portmap", "its area");
    is_str(f->text, "mapping added", "its text");
    is_int((long long)f->fields.n, 2, "its fields");
    is_str(kvs_get(&f->fields, "host-port"), "28001", "the first field");
    is_str(kvs_get(&f->fields, "container"), "w\\xc3\\xa9\\x0a", "the second one, printable");
    ok(!log_ring_after(r, 1), "nothing after the newest");
    is_int((long long)count_after(r, 99), 1, "a reader of an earlier process gets all");
    log_ring_free(r);
}

static void test_many(void)
{
    struct log_ring *r = log_ring_new();

    for (int i = 1; i <= 2500; i++)
        add(r, "info", "fact %d", i);
    is_int((long long)log_ring_newest(r), 2500, "all are counted");
    is_int((long long)count_after(r, 0), LOG_RING_FACTS, "so many are kept");
    is_str(log_ring_after(r, 0)->text, "fact 1501", "the oldest ones go");
    is_str(log_ring_after(r, 2499)->text, "fact 2500", "the newest one stays");
    is_int((long long)count_after(r, 2400), 100, "those after a number");
    is_int((long long)count_after(r, 1500), LOG_RING_FACTS, "at the edge of what is kept");
    log_ring_free(r);
}

static void test_bounds(void)
{
    struct log_ring *r = log_ring_new();
    CLEAN(free_str) char *text = xmalloc(100001);
    size_t bytes = 0;

    memset(text, '\n', 100000);
    text[100000] = '\0';
    for (int i = 0; i < 1500; i++)
        add(r, "info", "%s a=%s b=%s c=%s", text, text, text, text);
    const struct log_ring_fact *f = log_ring_after(r, 0);
    is_int((long long)strlen(f->text), LOG_RING_TEXT, "a text is cut");
    is_int((long long)strlen(f->fields.v[2].value), LOG_RING_TEXT, "a value is cut");
    for (; f; f = log_ring_after(r, f->n))
        bytes += f->size;
    ok(bytes <= LOG_RING_BYTES && bytes > LOG_RING_BYTES / 2, "all together: %zu bytes", bytes);
    is_int((long long)log_ring_newest(r), 1500, "all are counted");
    log_ring_free(r);
}

static void on_fact(void *arg)
{
    ++*(int *)arg;
}

/* The log feeds it, also with what it does not write. */
static void test_log(void)
{
    struct log_ring *r = log_ring_new();
    int heard = 0;

    log_set_ring(r);
    log_set_level(LOG_LEVEL_ERR);
    log_ring_listen(r, on_fact, &heard);
    log_info("docker", "containers known=%d", 3);
    log_debug("docker", "flow");
    log_warn("docker", "odd");
    is_int((long long)log_ring_newest(r), 2, "info and above");
    is_int(heard, 2, "the listener hears of each");
    is_str(log_ring_after(r, 0)->level, "info", "the level of the first");
    is_str(kvs_get(&log_ring_after(r, 0)->fields, "known"), "3", "its field");
    log_ring_listen(r, NULL, NULL);
    log_info("docker", "again");
    is_int(heard, 2, "nobody listens any more");
    log_set_ring(NULL);
    log_info("docker", "and again");
    is_int((long long)log_ring_newest(r), 3, "nothing is kept any more");
    log_ring_free(r);
}

int main(void)
{
    test_values();
    test_many();
    test_bounds();
    test_log();
    return tap_done();
}
