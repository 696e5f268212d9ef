#include "portmap/legacy.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <string.h>

#include "portmap/markuse.h"

/* One rule: an entry, matches, a target. */
struct legacy_rule {
    const uint8_t *bytes;
    size_t matches, target, end; /* offsets; matches <= target <= end */
};

static bool next_rule(const uint8_t **entries, size_t *len, struct legacy_rule *ret);
static bool is_chain_head(const struct legacy_rule *r, const char *name);
static bool verdict_is(const struct legacy_rule *r, int verdict);
static struct markuse read_rule(const struct legacy_rule *r, uint32_t mark);
static bool has_comment(const struct legacy_rule *r, const char *comment);
static size_t read_part(const struct legacy_rule *r, size_t offset, size_t end, char *name,
                        size_t *ret_len);
static bool asks_nothing(const struct legacy_rule *r);

bool legacy_entries_have_chain(const void *entries, size_t len, const char *name)
{
    const uint8_t *rest = entries;
    struct legacy_rule r;

    while (next_rule(&rest, &len, &r))
        if (is_chain_head(&r, name))
            return true;
    return false;
}

enum legacy_place legacy_entries_place(const void *entries, size_t len, const char *name,
                                       uint32_t mark, const char *comment)
{
    enum legacy_place place = LEGACY_NO_CHAIN;
    const uint8_t *rest = entries;
    bool inside = false, first = false;
    struct legacy_rule r;

    while (next_rule(&rest, &len, &r)) {
        if (is_chain_head(&r, NULL)) {
            inside = first = is_chain_head(&r, name);
            if (inside)
                place = LEGACY_MISSING;
            continue;
        }
        struct markuse use = read_rule(&r, mark);
        if (first && markuse_lets_pass(&use))
            place = LEGACY_FIRST;
        else if (inside && has_comment(&r, comment))
            place = LEGACY_ASTRAY;
        first = false;
    }
    return place;
}

size_t legacy_entries_count(const void *entries, size_t len, const char *name, const char *comment)
{
    const uint8_t *rest = entries;
    bool inside = false;
    struct legacy_rule r;
    size_t n = 0;

    while (next_rule(&rest, &len, &r)) {
        if (is_chain_head(&r, NULL))
            inside = is_chain_head(&r, name);
        else
            n += inside && has_comment(&r, comment);
    }
    return n;
}

void legacy_entries_marks(const void *entries, size_t len, uint32_t mark,
                          struct legacy_marks *marks)
{
    const uint8_t *rest = entries;
    struct legacy_rule r;

    while (next_rule(&rest, &len, &r)) {
        struct markuse use = read_rule(&r, mark);

        if (markuse_lets_pass(&use))
            marks->accepts = true;
        else if (use.uses)
            marks->clash = true;
    }
}

bool legacy_entries_drop_at(const void *entries, size_t len, size_t offset)
{
    struct legacy_rule r;

    if (offset > len)
        return false;
    const uint8_t *rest = (const uint8_t *)entries + offset;
    len -= offset;
    return next_rule(&rest, &len, &r) && verdict_is(&r, NF_DROP);
}

/* Moves on by one rule. Ends where the bytes are none. */
static bool next_rule(const uint8_t **entries, size_t *len, struct legacy_rule *ret)
{
    struct ipt_entry e;

    if (*len < sizeof e)
        return false;
    memcpy(&e, *entries, sizeof e);
    if (e.next_offset < sizeof e || e.next_offset > *len)
        return false;
    *ret = (struct legacy_rule){*entries, sizeof e, e.target_offset, e.next_offset};
    if (ret->target < ret->matches || ret->target > ret->end)
        ret->target = ret->end; /* it has none */
    *entries += e.next_offset;
    *len -= e.next_offset;
    return true;
}

/* A user-defined chain begins with a rule whose target is ERROR and carries the chain's name.
 * 'name' NULL: any. */
static bool is_chain_head(const struct legacy_rule *r, const char *name)
{
    struct xt_error_target target;

    if (r->end - r->target < sizeof target)
        return false;
    memcpy(&target, r->bytes + r->target, sizeof target);
    return !strncmp(target.target.u.user.name, XT_ERROR_TARGET, sizeof XT_ERROR_TARGET) &&
           (!name || !strncmp(target.errorname, name, sizeof target.errorname));
}

/* A verdict is the standard target, which has no name, with a negative number. */
static bool verdict_is(const struct legacy_rule *r, int verdict)
{
    struct xt_standard_target target;

    if (r->end - r->target < sizeof target)
        return false;
    memcpy(&target, r->bytes + r->target, sizeof target);
    return !target.target.u.user.name[0] && target.verdict == -verdict - 1;
}

static struct markuse read_rule(const struct legacy_rule *r, uint32_t mark)
{
    struct markuse use = {.stranger = !asks_nothing(r), .accepts = verdict_is(r, NF_ACCEPT)};
    const size_t head = sizeof(struct xt_entry_match);
    char name[XT_EXTENSION_MAXNAMELEN];
    size_t len, at = r->matches;

    for (size_t next; (next = read_part(r, at, r->target, name, &len)); at = next)
        markuse_add_match(&use, name, r->bytes + at + head, len, mark);
    if (read_part(r, r->target, r->end, name, &len))
        markuse_add_target(&use, name, r->bytes + r->target + head, len, mark);
    return use;
}

static bool has_comment(const struct legacy_rule *r, const char *comment)
{
    const size_t head = sizeof(struct xt_entry_match);
    char name[XT_EXTENSION_MAXNAMELEN];
    size_t len, size = strlen(comment) + 1;

    for (size_t next, at = r->matches; (next = read_part(r, at, r->target, name, &len)); at = next)
        if (!strcmp(name, "comment") && len >= size && !memcmp(r->bytes + at + head, comment, size))
            return true;
    return false;
}

/* A match and a target begin alike: size, name. Returns the offset behind it, 0 where there is
 * none. */
static size_t read_part(const struct legacy_rule *r, size_t offset, size_t end, char *name,
                        size_t *ret_len)
{
    struct xt_entry_match m;

    if (end - offset < sizeof m)
        return 0;
    memcpy(&m, r->bytes + offset, sizeof m);
    if (m.u.user.match_size < sizeof m || m.u.user.match_size > end - offset)
        return 0;
    memcpy(name, m.u.user.name, XT_EXTENSION_MAXNAMELEN);
    name[XT_EXTENSION_MAXNAMELEN - 1] = '\0';
    *ret_len = m.u.user.match_size - sizeof m;
    return offset + m.u.user.match_size;
}

/* No address, interface or protocol. */
static bool asks_nothing(const struct legacy_rule *r)
{
    static const struct ipt_ip nothing;
    struct ipt_ip ip;

    memcpy(&ip, r->bytes + offsetof(struct ipt_entry, ip), sizeof ip);
    return !memcmp(&ip, &nothing, sizeof ip);
}
