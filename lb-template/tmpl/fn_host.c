/* Files and the environment of this host. */
#include "lb-template/tmpl/ask.h"
#include "lb-template/tmpl/function.h"

#include <stdlib.h>

#include "lib/xmalloc.h"

static int fn_file(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    enum tmpl_answer answer;

    (void)n;
    *ret = tmpl_str("", 0);
    if (!args[0].len)
        return 0;
    if (tmpl_ask(x, TMPL_DEP_FILE, &args[0], ret, &answer))
        return -1;
    if (answer != TMPL_FOUND) {
        tmpl_ask_mark_missing(x, TMPL_DEP_FILE, &args[0]);
        *ret = tmpl_str("", 0);
    }
    return 0;
}

static int get_env(struct tmpl_exec *x, const struct tmpl_value *name, struct tmpl_value *ret,
                   bool *ret_found)
{
    enum tmpl_answer answer;

    if (tmpl_ask(x, TMPL_DEP_ENV, name, ret, &answer))
        return -1;
    *ret_found = answer == TMPL_FOUND;
    if (!*ret_found)
        *ret = tmpl_str("", 0);
    return 0;
}

static int fn_env(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    bool found;

    (void)n;
    return get_env(x, &args[0], ret, &found);
}

static int fn_must_env(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    bool found;

    (void)n;
    if (get_env(x, &args[0], ret, &found))
        return -1;
    if (!found)
        return tmpl_fail(x, "error calling mustEnv: cannot find environment variable: %.*s",
                         (int)args[0].len, args[0].s);
    return 0;
}

static int fn_env_or_default(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                             struct tmpl_value *ret)
{
    bool found;

    (void)n;
    if (get_env(x, &args[0], ret, &found))
        return -1;
    if (!ret->len)
        *ret = args[1];
    return 0;
}

static bool word_of(const struct tmpl_value *flags, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= flags->len; i++)
        if (!memcmp(flags->s + i, word, len))
            return true;
    return false;
}

/* writeToFile PATH USER GROUP MODE [FLAGS] TEXT: recorded, and carried out by whoever asked for the
 * execution. */
static int fn_write(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    struct tmpl_value flags = n == 6 ? args[4] : tmpl_str("", 0);
    const struct tmpl_value *text = &args[n - 1];
    struct tmpl_result *r = x->result;
    char mode[8] = "", *end;

    if (args[3].len && args[3].len < sizeof mode)
        memcpy(mode, args[3].s, args[3].len);
    unsigned long bits = strtoul(mode, &end, 8);
    if (*end || !mode[0] || bits > 07777)
        return tmpl_fail(x, "error calling writeToFile: '%.*s' is no mode in octal digits",
                         (int)args[3].len, args[3].s);
    bool newline = word_of(&flags, "newline");
    tmpl_arena_room(&x->arena, text->len);
    x->arena.used += text->len; /* it counts, though it lies elsewhere */
    if (tmpl_charge(x, 1 + text->len / 16))
        return -1;
    r->writes = xgrow(r->writes, r->n_writes, &r->cap_writes, sizeof *r->writes);
    struct tmpl_write *w = &r->writes[r->n_writes++];
    *w = (struct tmpl_write){.path = xstrndup(args[0].s, args[0].len),
                             .user = xstrndup(args[1].s, args[1].len),
                             .group = xstrndup(args[2].s, args[2].len),
                             .mode = (unsigned)bits,
                             .append = word_of(&flags, "append"),
                             .data = xmalloc(text->len + 2),
                             .len = text->len + newline};
    if (text->len)
        memcpy(w->data, text->s, text->len);
    memcpy(w->data + text->len, "\n", 2);
    *ret = tmpl_str("", 0);
    return 0;
}

const struct tmpl_function tmpl_fn_host[] = {
    {.name = "file", .args = "s", .call = fn_file},
    {.name = "env", .args = "s", .call = fn_env},
    {.name = "mustEnv", .args = "s", .call = fn_must_env},
    {.name = "envOrDefault", .args = "ss", .call = fn_env_or_default},
    {.name = "sprig_env", .args = "s", .call = fn_env},
    {.name = "writeToFile", .args = "ssssss?", .call = fn_write},
    {0},
};
