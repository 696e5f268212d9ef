#include "agent/unidiff.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define CONTEXT 3
#define CELLS_MAX (4u << 20) /* of the table that finds what stayed */

struct line {
    const char *s;
    size_t len; /* with its newline */
};

struct lines {
    struct line *v;
    size_t n, cap;
};

/* One line of the result. */
struct edit {
    char sign; /* ' ', '-' or '+' */
    struct line line;
};

struct edits {
    struct edit *v;
    size_t n, cap;
};

static void split_lines(const char *s, size_t len, struct lines *ret)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(s + at, '\n', len - at);
        size_t size = end ? (size_t)(end - s) + 1 - at : len - at;

        ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
        ret->v[ret->n++] = (struct line){s + at, size};
        at += size;
    }
}

static bool same(const struct line *a, const struct line *b)
{
    return a->len == b->len && !memcmp(a->s, b->s, a->len);
}

static void add_edits(struct edits *e, char sign, const struct line *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        e->v = xgrow(e->v, e->n, &e->cap, sizeof *e->v);
        e->v[e->n++] = (struct edit){sign, v[i]};
    }
}

/* The longest common subsequence of 'a' and 'b' stays; the rest goes and comes. */
static void compare(const struct line *a, size_t n, const struct line *b, size_t m, struct edits *e)
{
    size_t width = m + 1, i = 0, j = 0;

    if (!n || !m || n > CELLS_MAX / width) {
        add_edits(e, '-', a, n);
        add_edits(e, '+', b, m);
        return;
    }
    uint32_t *longest = xcalloc((n + 1) * width, sizeof *longest);
    for (size_t r = n; r--;)
        for (size_t c = m; c--;) {
            uint32_t down = longest[(r + 1) * width + c], right = longest[r * width + c + 1];

            longest[r * width + c] = same(&a[r], &b[c]) ? longest[(r + 1) * width + c + 1] + 1
                                     : down > right     ? down
                                                        : right;
        }
    while (i < n || j < m) {
        if (i < n && j < m && same(&a[i], &b[j])) {
            add_edits(e, ' ', &a[i++], 1);
            j++;
        } else if (j == m ||
                   (i < n && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
            add_edits(e, '-', &a[i++], 1);
        } else {
            add_edits(e, '+', &b[j++], 1);
        }
    }
    free(longest);
}

/* The end of the hunk that begins with the change at 'from': changes closer together than twice
 * the context share one. */
static size_t hunk_end(const struct edits *e, size_t from)
{
    size_t last = from;

    for (size_t i = from; i < e->n && i <= last + 1 + 2 * CONTEXT; i++)
        if (e->v[i].sign != ' ')
            last = i;
    return last + 1 + CONTEXT < e->n ? last + 1 + CONTEXT : e->n;
}

static void add_hunk(const struct edits *e, size_t from, size_t to, size_t old_line,
                     size_t new_line, struct sbuf *out)
{
    size_t old_n = 0, new_n = 0;

    for (size_t i = from; i < to; i++) {
        old_n += e->v[i].sign != '+';
        new_n += e->v[i].sign != '-';
    }
    sbuf_addf(out, "@@ -%zu,%zu +%zu,%zu @@\n", old_line + (old_n > 0), old_n,
              new_line + (new_n > 0), new_n);
    for (size_t i = from; i < to; i++) {
        const struct line *l = &e->v[i].line;

        sbuf_addch(out, e->v[i].sign);
        sbuf_add(out, l->s, l->len);
        if (l->s[l->len - 1] != '\n')
            sbuf_adds(out, "\n\\ No newline at end of file\n");
    }
}

static void add_hunks(const struct edits *e, struct sbuf *out)
{
    size_t old_line = 0, new_line = 0, at = 0;

    while (at < e->n) {
        size_t change = at;

        while (change < e->n && e->v[change].sign == ' ')
            change++;
        if (change == e->n)
            return;
        size_t from = change - at > CONTEXT ? change - CONTEXT : at, to = hunk_end(e, change);
        old_line += from - at;
        new_line += from - at;
        add_hunk(e, from, to, old_line, new_line, out);
        for (at = from; at < to; at++) {
            old_line += e->v[at].sign != '+';
            new_line += e->v[at].sign != '-';
        }
    }
}

void unidiff(const char *path, const char *old, size_t old_len, const char *new, size_t new_len,
             struct sbuf *out)
{
    struct lines a = {0}, b = {0};
    struct edits e = {0};
    size_t head = 0, tail = 0;

    if (old_len == new_len && (!old_len || !memcmp(old, new, old_len)))
        return;
    split_lines(old, old_len, &a);
    split_lines(new, new_len, &b);
    while (head < a.n && head < b.n && same(&a.v[head], &b.v[head]))
        head++;
    while (tail < a.n - head && tail < b.n - head &&
           same(&a.v[a.n - 1 - tail], &b.v[b.n - 1 - tail]))
        tail++;
    add_edits(&e, ' ', a.v, head);
    compare(a.v + head, a.n - head - tail, b.v + head, b.n - head - tail, &e);
    add_edits(&e, ' ', a.v + a.n - tail, tail);
    sbuf_addf(out, "--- %s\n+++ %s\n", path, path);
    add_hunks(&e, out);
    free(a.v);
    free(b.v);
    free(e.v);
}
