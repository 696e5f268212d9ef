#include "agent/ct_block.h"

#include <string.h>

#include "agent/render_target.h"

#define MAX_NOT_SAID (-1.) /* of a wait */

static const struct ct_key *find_key(const struct ct_key *keys, const char *name);

int ct_read_members(struct ct_reader *r, const json_t *object, const struct ct_key *keys, void *at)
{
    union {
        const json_t *in;
        json_t *out;
    } members = {.in = object};
    const char *name;
    json_t *value;

    json_object_foreach(members.out, name, value) {
        const struct ct_key *key = find_key(keys, name);

        r->object = object;
        r->key = name;
        if (!key)
            return ct_refuse(r, "there is no key \"%.100s\" here", name);
        if (key->read(r, value, (char *)at + key->offset))
            return -1;
    }
    return 0;
}

int ct_read_block(struct ct_reader *r, const json_t *value, const struct ct_key *keys, void *at)
{
    struct ct_reader inner = ct_reader_inner(r, r->key);

    if (!json_is_array(value) ||
        (json_array_size(value) && !json_is_object(json_array_get(value, 0))))
        return ct_refuse(r, "\"%s\" must be a block", r->key);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (ct_read_members(&inner, json_array_get(value, i), keys, at))
            return -1;
    return 0;
}

static int read_wait_enabled(struct ct_reader *r, const json_t *value, void *at)
{
    struct quiet *q = at;
    bool on;

    if (ct_read_bool(r, value, &on))
        return -1;
    if (!on)
        *q = (struct quiet){0};
    return 0;
}

static const struct ct_key wait_keys[] = {{"min", ct_read_seconds, offsetof(struct quiet, min)},
                                          {"max", ct_read_seconds, offsetof(struct quiet, max)},
                                          {"enabled", read_wait_enabled, 0},
                                          {0}};

/* wait = "5s:10s", or wait { min = "5s" } */
int ct_read_quiet(struct ct_reader *r, const json_t *value, void *at)
{
    struct quiet q = {.max = MAX_NOT_SAID};

    if (json_is_string(value))
        return ct_read_wait(r, value, at);
    if (ct_read_block(r, value, wait_keys, &q))
        return -1;
    if (q.max < 0.)
        q.max = 4. * q.min;
    if (q.max < q.min)
        return ct_refuse(r, "the longest wait is shorter than the shortest one");
    *(struct quiet *)at = q;
    return 0;
}

static const struct ct_key env_keys[] = {
    {"pristine", ct_read_bool, offsetof(struct render_env, pristine)},
    {"custom", ct_read_strings, offsetof(struct render_env, custom)},
    {"allowlist", ct_read_strings, offsetof(struct render_env, allow)},
    {"whitelist", ct_read_strings, offsetof(struct render_env, allow)},
    {"denylist", ct_read_strings, offsetof(struct render_env, deny)},
    {"blacklist", ct_read_strings, offsetof(struct render_env, deny)},
    {0}};

int ct_read_env(struct ct_reader *r, const json_t *value, void *at)
{
    return ct_read_block(r, value, env_keys, at);
}

static const struct ct_key *find_key(const struct ct_key *keys, const char *name)
{
    for (; keys->name; keys++)
        if (!strcmp(keys->name, name))
            return keys;
    return NULL;
}
