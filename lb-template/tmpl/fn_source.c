/* The functions that ask the source. What is not there yet gives the empty value, and the
 * execution goes on: so all that is missing is known after one pass. */
#include "lb-template/tmpl/function.h"

#include <stdlib.h>

#include "lib/xmalloc.h"

#define DEPS_MAX 100000 /* of one execution */
#define TEXT_MAX 4096   /* bytes of a dependency */

/* Asks for 'text' of 'kind' and records the use. '*ret_answer' is never TMPL_ERROR. */
static int ask(struct tmpl_exec *x, enum tmpl_dep_kind kind, const struct tmpl_value *text,
               struct tmpl_value *ret, enum tmpl_answer *ret_answer)
{
    const struct tmpl_source *source = x->run->source;
    struct tmpl_deps *deps = &x->result->deps;
    CLEAN(err) struct err *err = NULL;

    if (!source)
        return tmpl_fail(x, "error calling %s: there is no source of data", tmpl_dep_name(kind));
    if (text->len > TEXT_MAX || memchr(text->s, '\0', text->len) || deps->n >= DEPS_MAX)
        return tmpl_fail(x, "error calling %s: %s", tmpl_dep_name(kind),
                         deps->n >= DEPS_MAX ? "too many dependencies" : "the name is too long");
    *ret_answer = source->get(source->arg, kind, text->s, text->len, &x->arena, ret, &err);
    if (*ret_answer == TMPL_ERROR)
        return tmpl_fail(x, "error calling %s: %s", tmpl_dep_name(kind), err_msg(err));
    CLEAN(free_str) char *copy = xstrndup(text->s, text->len);
    tmpl_deps_add(deps, kind, copy, *ret_answer == TMPL_PENDING);
    return tmpl_charge(x, 1 + text->len / 16);
}

/* What is asked for is still to come, although the source has answered. */
static void mark_missing(struct tmpl_exec *x, enum tmpl_dep_kind kind,
                         const struct tmpl_value *text)
{
    CLEAN(free_str) char *copy = xstrndup(text->s, text->len);

    tmpl_deps_add(&x->result->deps, kind, copy, true);
}

static struct tmpl_value empty_list(struct tmpl_exec *x)
{
    return tmpl_list_value(tmpl_list_new(&x->arena, 0));
}

/* A list; one that is not there, or not there yet, is empty. */
static int ask_list(struct tmpl_exec *x, enum tmpl_dep_kind kind, const struct tmpl_value *text,
                    struct tmpl_value *ret)
{
    enum tmpl_answer answer;

    if (ask(x, kind, text, ret, &answer))
        return -1;
    if (answer != TMPL_FOUND || ret->kind != TMPL_LIST)
        *ret = empty_list(x);
    return 0;
}

/* service "web" "any" is service "web|any". */
static int ask_service(struct tmpl_exec *x, enum tmpl_dep_kind kind, const struct tmpl_value *args,
                       size_t n, struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    if (n == 1 && !args[0].len) {
        *ret = empty_list(x);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (i)
            tmpl_buf_addch(&b, '|');
        tmpl_buf_add(&b, args[i].s, args[i].len);
    }
    struct tmpl_value text = tmpl_buf_value(&b);
    return ask_list(x, kind, &text, ret);
}

static int fn_service(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    return ask_service(x, TMPL_DEP_SERVICE, args, n, ret);
}

static int fn_connect(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    return ask_service(x, TMPL_DEP_CONNECT, args, n, ret);
}

static int fn_services(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    struct tmpl_value none = tmpl_str("", 0);

    return ask_list(x, TMPL_DEP_SERVICES, n ? &args[0] : &none, ret);
}

static int fn_nodes(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    struct tmpl_value none = tmpl_str("", 0);

    return ask_list(x, TMPL_DEP_NODES, n ? &args[0] : &none, ret);
}

static int fn_node(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    struct tmpl_value none = tmpl_str("", 0);
    enum tmpl_answer answer;

    if (ask(x, TMPL_DEP_NODE, n ? &args[0] : &none, ret, &answer))
        return -1;
    if (answer != TMPL_FOUND)
        *ret = tmpl_nil();
    return 0;
}

/* The argument, skip what is unreachable, is the source's business. */
static int fn_datacenters(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    struct tmpl_value none = tmpl_str("", 0), reachable = tmpl_cstr("reachable");

    return ask_list(x, TMPL_DEP_DATACENTERS, n && args[0].b ? &reachable : &none, ret);
}

/* A key that is not there is waited for. */
static int fn_key(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    enum tmpl_answer answer;

    (void)n;
    if (!args[0].len) {
        *ret = tmpl_str("", 0);
        return 0;
    }
    if (ask(x, TMPL_DEP_KEY, &args[0], ret, &answer))
        return -1;
    if (answer != TMPL_FOUND) {
        mark_missing(x, TMPL_DEP_KEY, &args[0]);
        *ret = tmpl_str("", 0);
    }
    return 0;
}

static int fn_key_exists(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    enum tmpl_answer answer = TMPL_ABSENT;

    (void)n;
    if (args[0].len && ask(x, TMPL_DEP_KEY, &args[0], ret, &answer))
        return -1;
    *ret = tmpl_bool(answer == TMPL_FOUND);
    return 0;
}

static int fn_key_or_default(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                             struct tmpl_value *ret)
{
    enum tmpl_answer answer = TMPL_ABSENT;

    (void)n;
    if (args[0].len && ask(x, TMPL_DEP_KEY, &args[0], ret, &answer))
        return -1;
    if (answer != TMPL_FOUND || !ret->len)
        *ret = args[1];
    return 0;
}

/* The pairs of 'tree' whose key has no slash. */
static struct tmpl_value top_level(struct tmpl_exec *x, const struct tmpl_list *tree)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);

    for (size_t i = 0; i < tree->n; i++) {
        const struct tmpl_value *key =
            tree->v[i].kind == TMPL_MAP ? tmpl_map_gets(tree->v[i].map, "Key") : NULL;

        if (key && key->kind == TMPL_STRING && key->len && !memchr(key->s, '/', key->len))
            tmpl_list_add(&x->arena, l, tree->v[i]);
    }
    return tmpl_list_value(l);
}

/* 'safe': an empty answer counts as one that is still to come. */
static int ask_tree(struct tmpl_exec *x, const struct tmpl_value *args, bool top, bool safe,
                    struct tmpl_value *ret)
{
    if (!args[0].len && safe) {
        *ret = empty_list(x);
        return 0;
    }
    if (ask_list(x, TMPL_DEP_TREE, &args[0], ret))
        return -1;
    if (safe && !ret->list->n)
        mark_missing(x, TMPL_DEP_TREE, &args[0]);
    if (tmpl_charge(x, ret->list->n))
        return -1;
    if (top)
        *ret = top_level(x, ret->list);
    return 0;
}

static int fn_ls(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                 struct tmpl_value *ret)
{
    (void)n;
    return ask_tree(x, args, true, false, ret);
}

static int fn_safe_ls(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)n;
    return ask_tree(x, args, true, true, ret);
}

static int fn_tree(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    (void)n;
    return ask_tree(x, args, false, false, ret);
}

static int fn_safe_tree(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                        struct tmpl_value *ret)
{
    (void)n;
    return ask_tree(x, args, false, true, ret);
}

static int fn_file(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    enum tmpl_answer answer;

    (void)n;
    *ret = tmpl_str("", 0);
    if (!args[0].len)
        return 0;
    if (ask(x, TMPL_DEP_FILE, &args[0], ret, &answer))
        return -1;
    if (answer != TMPL_FOUND) {
        mark_missing(x, TMPL_DEP_FILE, &args[0]);
        *ret = tmpl_str("", 0);
    }
    return 0;
}

static int get_env(struct tmpl_exec *x, const struct tmpl_value *name, struct tmpl_value *ret,
                   bool *ret_found)
{
    enum tmpl_answer answer;

    if (ask(x, TMPL_DEP_ENV, name, ret, &answer))
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

const struct tmpl_function tmpl_fn_source[] = {
    {.name = "service", .args = "ss*", .call = fn_service},
    {.name = "connect", .args = "ss*", .call = fn_connect},
    {.name = "services", .args = "s?", .call = fn_services},
    {.name = "node", .args = "s?", .call = fn_node},
    {.name = "nodes", .args = "s?", .call = fn_nodes},
    {.name = "datacenters", .args = "b?", .call = fn_datacenters},
    {.name = "key", .args = "s", .call = fn_key},
    {.name = "keyExists", .args = "s", .call = fn_key_exists},
    {.name = "keyOrDefault", .args = "ss", .call = fn_key_or_default},
    {.name = "ls", .args = "s", .call = fn_ls},
    {.name = "safeLs", .args = "s", .call = fn_safe_ls},
    {.name = "tree", .args = "s", .call = fn_tree},
    {.name = "safeTree", .args = "s", .call = fn_safe_tree},
    {.name = "file", .args = "s", .call = fn_file},
    {.name = "env", .args = "s", .call = fn_env},
    {.name = "mustEnv", .args = "s", .call = fn_must_env},
    {.name = "envOrDefault", .args = "ss", .call = fn_env_or_default},
    {.name = "sprig_env", .args = "s", .call = fn_env},
    {.name = "writeToFile", .args = "ssssss?", .call = fn_write},
    {0},
};
