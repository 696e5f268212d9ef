#include "registrator/probe.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

/* FNV-1a, 64 bits: who makes two of his own definitions collide only fools himself. */
#define DIGEST_START UINT64_C(0xcbf29ce484222325)
#define DIGEST_PRIME UINT64_C(0x100000001b3)

static void probe_done(struct probe *p);
static uint64_t digest_text(uint64_t digest, const char *s);

struct probe *probes_add(struct probes *l)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n] = (struct probe){0};
    return &l->v[l->n++];
}

void probes_drop(struct probes *l)
{
    probe_done(&l->v[--l->n]);
}

void probes_copy(struct probes *dst, const struct probes *src)
{
    for (size_t i = 0; i < src->n; i++) {
        struct probe *p = probes_add(dst);

        for (int f = 0; f < PROBE_FIELDS; f++)
            if (src->v[i].field[f])
                probe_set(p, f, src->v[i].field[f]);
        strv_copy(&p->args, &src->v[i].args);
    }
}

void probes_done(struct probes *l)
{
    while (l->n)
        probes_drop(l);
    free(l->v);
    *l = (struct probes){0};
}

void probe_set(struct probe *p, enum probe_field field, const char *value)
{
    free(p->field[field]);
    p->field[field] = xstrdup(value);
}

char *probes_digest(const struct probes *l)
{
    uint64_t digest = DIGEST_START;

    for (size_t i = 0; i < l->n; i++) {
        const struct probe *p = &l->v[i];

        for (int f = 0; f < PROBE_FIELDS; f++)
            digest = digest_text(digest, f == PROBE_STATUS ? NULL : p->field[f]);
        for (size_t k = 0; k < p->args.n; k++)
            digest = digest_text(digest, p->args.v[k]);
        digest = digest_text(digest, NULL);
    }
    return xasprintf("%zu.%016" PRIx64, l->n, digest);
}

static void probe_done(struct probe *p)
{
    for (int f = 0; f < PROBE_FIELDS; f++)
        free(p->field[f]);
    strv_done(&p->args);
}

/* Takes in 's' with its end; what is missing differs from what is empty. */
static uint64_t digest_text(uint64_t digest, const char *s)
{
    static const char missing[] = "\xff";
    const char *text = s ? s : missing;
    size_t len = strlen(text) + 1;

    for (size_t i = 0; i < len; i++)
        digest = (digest ^ (unsigned char)text[i]) * DIGEST_PRIME;
    return digest;
}
