#include "lb-template/tmpl/text.h"

#include <ctype.h>

#include "lb-template/tmpl/utf8.h"

/* Is the character at the beginning of 's' one of 'set'? '*ret_width': what it takes. */
static bool begins_with(struct tmpl_value s, struct tmpl_value set, size_t *ret_width)
{
    size_t width;

    tmpl_utf8_decode(s.s, s.len, ret_width);
    for (size_t i = 0; i < set.len; i += width) {
        tmpl_utf8_decode(set.s + i, set.len - i, &width);
        if (width == *ret_width && !memcmp(set.s + i, s.s, width))
            return true;
    }
    return false;
}

/* The last character of 's'. */
static struct tmpl_value last_of(struct tmpl_value s)
{
    size_t from = s.len - 1;

    while (from && s.len - from < 4 && ((unsigned char)s.s[from] & 0xc0) == 0x80)
        from--;
    return tmpl_str(s.s + from, s.len - from);
}

struct tmpl_value tmpl_trim(struct tmpl_value s, struct tmpl_value cutset, bool left, bool right)
{
    size_t width;

    while (left && s.len && begins_with(s, cutset, &width)) {
        s.s += width;
        s.len -= (uint32_t)width;
    }
    while (right && s.len && begins_with(last_of(s), cutset, &width))
        s.len -= last_of(s).len;
    return s;
}

struct tmpl_value tmpl_trim_space(struct tmpl_value s)
{
    return tmpl_trim(s, tmpl_cstr(" \t\n\v\f\r\xc2\x85\xc2\xa0\xe3\x80\x80"), true, true);
}

bool tmpl_has_prefix(const struct tmpl_value *s, const struct tmpl_value *prefix)
{
    return s->len >= prefix->len && (!prefix->len || !memcmp(s->s, prefix->s, prefix->len));
}

bool tmpl_has_suffix(const struct tmpl_value *s, const struct tmpl_value *suffix)
{
    return s->len >= suffix->len &&
           (!suffix->len || !memcmp(s->s + s->len - suffix->len, suffix->s, suffix->len));
}

bool tmpl_contains(const struct tmpl_value *s, const struct tmpl_value *part)
{
    return !part->len || memmem(s->s, s->len, part->s, part->len);
}

static void split_characters(struct tmpl_arena *a, struct tmpl_value s, size_t max,
                             struct tmpl_list *l)
{
    size_t width;

    for (size_t i = 0; i < s.len && !a->over; i += width) {
        tmpl_utf8_decode(s.s + i, s.len - i, &width);
        if (max && l->n + 1 == max)
            width = s.len - i;
        tmpl_list_add(a, l, tmpl_str(s.s + i, width));
    }
}

struct tmpl_list *tmpl_split(struct tmpl_arena *a, struct tmpl_value s, struct tmpl_value sep,
                             size_t max)
{
    struct tmpl_list *l = tmpl_list_new(a, 0);
    const char *at = s.s, *end = s.s + s.len;

    l->elem = TMPL_STRING;
    if (!sep.len) {
        split_characters(a, s, max, l);
        return l;
    }
    for (;;) {
        const char *found =
            max && l->n + 1 >= max ? NULL : memmem(at, (size_t)(end - at), sep.s, sep.len);

        tmpl_list_add(a, l, tmpl_str(at, (size_t)((found ? found : end) - at)));
        if (!found || a->over)
            return l;
        at = found + sep.len;
    }
}

struct tmpl_value tmpl_replace(struct tmpl_arena *a, struct tmpl_value s, struct tmpl_value from,
                               struct tmpl_value to)
{
    struct tmpl_buf b = TMPL_BUF(a);
    const char *at = s.s, *end = s.s + s.len;
    size_t width;

    if (!from.len)
        tmpl_buf_add(&b, to.s, to.len);
    while (at < end && !b.over) {
        const char *found = from.len ? memmem(at, (size_t)(end - at), from.s, from.len) : NULL;

        if (from.len && !found)
            break;
        if (!from.len)
            tmpl_utf8_decode(at, (size_t)(end - at), &width);
        else
            width = (size_t)(found - at);
        tmpl_buf_add(&b, at, width);
        tmpl_buf_add(&b, to.s, to.len);
        at += width + from.len;
    }
    tmpl_buf_add(&b, at, (size_t)(end - at));
    return tmpl_buf_value(&b);
}

struct tmpl_value tmpl_indent(struct tmpl_arena *a, struct tmpl_value s, size_t n)
{
    struct tmpl_buf b = TMPL_BUF(a);
    bool begins = true;

    for (size_t i = 0; i < s.len && !b.over; i++) {
        if (begins && s.s[i] != '\n')
            tmpl_buf_fill(&b, ' ', n);
        tmpl_buf_addch(&b, s.s[i]);
        begins = s.s[i] == '\n';
    }
    return tmpl_buf_value(&b);
}

static unsigned long change_case(unsigned long r, bool upper)
{
    if (r < 0x80)
        return (unsigned long)(upper ? toupper((int)r) : tolower((int)r));
    if ((r >= 0xe0 && r <= 0xfe && r != 0xf7) || (r >= 0x3b1 && r <= 0x3c9 && r != 0x3c2) ||
        (r >= 0x430 && r <= 0x44f))
        return upper ? r - 0x20 : r;
    if ((r >= 0xc0 && r <= 0xde && r != 0xd7) || (r >= 0x391 && r <= 0x3a9 && r != 0x3a2) ||
        (r >= 0x410 && r <= 0x42f))
        return upper ? r : r + 0x20;
    if (r >= 0x450 && r <= 0x45f)
        return upper ? r - 0x50 : r;
    if (r >= 0x400 && r <= 0x40f)
        return upper ? r : r + 0x50;
    return r;
}

struct tmpl_value tmpl_map_case(struct tmpl_arena *a, struct tmpl_value s, bool upper)
{
    struct tmpl_buf b = TMPL_BUF(a);
    size_t width;

    for (size_t i = 0; i < s.len && !b.over; i += width) {
        unsigned long rune = tmpl_utf8_decode(s.s + i, s.len - i, &width);
        tmpl_buf_add_rune(&b, change_case(rune, upper));
    }
    return tmpl_buf_value(&b);
}

struct tmpl_value tmpl_title(struct tmpl_arena *a, struct tmpl_value s)
{
    struct tmpl_buf b = TMPL_BUF(a);
    bool begins = true;
    size_t width;

    for (size_t i = 0; i < s.len && !b.over; i += width) {
        unsigned long rune = tmpl_utf8_decode(s.s + i, s.len - i, &width);

        tmpl_buf_add_rune(&b, begins ? change_case(rune, true) : rune);
        begins = rune < 0x80 && !isalnum((int)rune) && rune != '_' && rune != '\'';
    }
    return tmpl_buf_value(&b);
}
