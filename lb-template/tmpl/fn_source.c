/* The functions that ask the source. What is not there yet gives the empty value, and the
 * execution goes on: so all that is missing is known after one pass. */
#include "lb-template/tmpl/ask.h"
#include "lb-template/tmpl/function.h"

static struct tmpl_value empty_list(struct tmpl_exec *x)
{
    return tmpl_list_value(tmpl_list_new(&x->arena, 0));
}

/* A list; one that is not there, or not there yet, is empty. */
static int ask_list(struct tmpl_exec *x, enum tmpl_dep_kind kind, const struct tmpl_value *text,
                    struct tmpl_value *ret)
{
    enum tmpl_answer answer;

    if (tmpl_ask(x, kind, text, ret, &answer))
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

    if (tmpl_ask(x, TMPL_DEP_NODE, n ? &args[0] : &none, ret, &answer))
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
    if (tmpl_ask(x, TMPL_DEP_KEY, &args[0], ret, &answer))
        return -1;
    if (answer != TMPL_FOUND) {
        tmpl_ask_mark_missing(x, TMPL_DEP_KEY, &args[0]);
        *ret = tmpl_str("", 0);
    }
    return 0;
}

static int fn_key_exists(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    enum tmpl_answer answer = TMPL_ABSENT;

    (void)n;
    if (args[0].len && tmpl_ask(x, TMPL_DEP_KEY, &args[0], ret, &answer))
        return -1;
    *ret = tmpl_bool(answer == TMPL_FOUND);
    return 0;
}

static int fn_key_or_default(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                             struct tmpl_value *ret)
{
    enum tmpl_answer answer = TMPL_ABSENT;

    (void)n;
    if (args[0].len && tmpl_ask(x, TMPL_DEP_KEY, &args[0], ret, &answer))
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
        tmpl_ask_mark_missing(x, TMPL_DEP_TREE, &args[0]);
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
    {0},
};
