/* What anybody can get into the log: it stays one line, good JSON, and makes no field of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/log_line.h"
#include "lib/log_ring.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

static void make(struct log_fact *ret, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void make(struct log_fact *ret, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_fact_make(ret, format, args);
    va_end(args);
}

static void check(const struct log_fact *f)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct log_line l = {.level = "info", .priority = 6, .area = "a", .fact = *f, .journal = true};

    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        sbuf_clear(&out);
        log_line_add(&out, (enum log_format)format, &l);
        if (strchr(sbuf_str(&out), '\n') != out.data + out.len - 1)
            abort();
    }
    CLEAN(json) json_t *doc = json_parse(out.data + strlen("<6>"), out.len - strlen("<6>"), NULL);
    if (!doc || json_object_size(doc) != 3 + f->fields.n || f->fields.n > 2 ||
        (json_str(doc, "trace") && strcmp(json_str(doc, "trace"), "1") != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *text = xstrndup((const char *)data, len);
    struct log_ring *ring = log_ring_new();
    struct timespec now = {0};
    struct log_fact f;

    make(&f, "%s: name=%s trace=%s", text, text, "1");
    check(&f);
    log_ring_add(ring, "info", text, &now, &f);
    log_fact_done(&f);
    log_ring_free(ring);
    return 0;
}
