#include "lib/portset.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define PORTS 65536u
#define WORDS (PORTS / 64)

static int refuse(struct err **err, unsigned lowest);
static unsigned find(const struct portset *s, unsigned from);
static const char *read_range(const char *text, struct portrange *ret);
static bool is_list(const char *text);

void portset_add(struct portset *s, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last && last < PORTS; i++)
        s->bits[i / 64] |= (uint64_t)1 << i % 64;
}

void portset_remove(struct portset *s, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last && last < PORTS; i++)
        s->bits[i / 64] &= ~((uint64_t)1 << i % 64);
}

void portset_add_set(struct portset *s, const struct portset *other)
{
    for (size_t i = 0; i < WORDS; i++)
        s->bits[i] |= other->bits[i];
}

void portset_remove_set(struct portset *s, const struct portset *other)
{
    for (size_t i = 0; i < WORDS; i++)
        s->bits[i] &= ~other->bits[i];
}

int portset_parse(const char *text, unsigned lowest, struct portset *ret, struct err **err)
{
    struct portset s = {0};
    struct portrange r;
    size_t n = 0;

    if (!is_list(text))
        return refuse(err, lowest);
    for (const char *at = text; at; at = *at ? at + 1 : NULL) {
        at = read_range(at + strspn(at, " "), &r);
        if (!at || (*at && *at != ',') || r.first < lowest || r.first > r.last || r.last >= PORTS)
            return refuse(err, lowest);
        struct portset one = {0};
        portset_add(&one, r.first, r.last);
        if (portset_overlap(&s, &one, &r))
            return err_set(err, "%u-%u is in it twice: give ranges that do not overlap", r.first,
                           r.last);
        if (++n > PORTSET_RANGES_MAX)
            return err_set(err, "it has more than %d ranges", PORTSET_RANGES_MAX);
        portset_add_set(&s, &one);
    }
    *ret = s;
    return 0;
}

void portset_read(struct portset *s, const char *text)
{
    struct portrange r;

    while (text) {
        text += strspn(text, " \t,[");
        text = read_range(text, &r);
        if (text)
            portset_add(s, r.first, r.last);
    }
}

bool portset_has(const struct portset *s, unsigned port)
{
    return port < PORTS && s->bits[port / 64] >> port % 64 & 1;
}

unsigned portset_size(const struct portset *s)
{
    unsigned n = 0;

    for (size_t i = 0; i < WORDS; i++)
        n += (unsigned)__builtin_popcountll(s->bits[i]);
    return n;
}

bool portset_covers(const struct portset *s, const struct portset *other)
{
    for (size_t i = 0; i < WORDS; i++)
        if (other->bits[i] & ~s->bits[i])
            return false;
    return true;
}

bool portset_overlap(const struct portset *s, const struct portset *other, struct portrange *ret)
{
    struct portset common;

    for (size_t i = 0; i < WORDS; i++)
        common.bits[i] = s->bits[i] & other->bits[i];
    return portset_range(&common, 0, ret);
}

uint16_t portset_next(const struct portset *s, uint16_t port)
{
    unsigned next = find(s, port + 1u);

    if (next == PORTS)
        next = find(s, 0);
    return next == PORTS ? 0 : (uint16_t)next;
}

uint16_t portset_last(const struct portset *s)
{
    for (size_t i = WORDS; i-- > 0;)
        if (s->bits[i])
            return (uint16_t)(i * 64 + 63 - (unsigned)__builtin_clzll(s->bits[i]));
    return 0;
}

bool portset_range(const struct portset *s, unsigned from, struct portrange *ret)
{
    unsigned first = find(s, from), last = first;

    if (first == PORTS)
        return false;
    while (portset_has(s, last + 1))
        last++;
    *ret = (struct portrange){first, last};
    return true;
}

char *portset_format(const struct portset *s)
{
    struct sbuf out = SBUF_INIT;
    struct portrange r = {0};

    for (unsigned from = 0; portset_range(s, from, &r); from = r.last + 1) {
        sbuf_addf(&out, "%s%u", out.len ? "," : "", r.first);
        if (r.first < r.last)
            sbuf_addf(&out, "-%u", r.last);
    }
    return sbuf_take(&out);
}

static int refuse(struct err **err, unsigned lowest)
{
    return err_set(err,
                   "it must be FIRST-LAST with %u <= FIRST <= LAST <= 65535, or a list of such, as "
                   "in 28000-28999,29500-29999",
                   lowest);
}

/* The first port at 'from' or behind; PORTS: none. */
static unsigned find(const struct portset *s, unsigned from)
{
    while (from < PORTS && !portset_has(s, from))
        from += s->bits[from / 64] >> from % 64 ? 1 : 64 - from % 64;
    return from < PORTS ? from : PORTS;
}

/* Returns what follows the range, or NULL where there is none. */
static const char *read_range(const char *text, struct portrange *ret)
{
    char *end;

    if (*text < '0' || *text > '9')
        return NULL;
    unsigned long first = strtoul(text, &end, 10), last = first;
    if (end[0] == '-' && end[1] >= '0' && end[1] <= '9')
        last = strtoul(end + 1, &end, 10);
    *ret = (struct portrange){first < PORTS ? (unsigned)first : PORTS,
                              last < PORTS ? (unsigned)last : PORTS};
    return end;
}

/* A comma at the end has no range behind it. */
static bool is_list(const char *text)
{
    size_t len = strlen(text);

    return len && text[len - 1] != ',';
}
