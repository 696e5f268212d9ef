/* `scratch`: a template's own memory for one run. */
#include "lb-template/tmpl/function.h"

static int fn_scratch(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)args;
    (void)n;
    if (!x->scratch)
        x->scratch = tmpl_map_new(&x->arena);
    *ret = (struct tmpl_value){.kind = TMPL_OBJECT, .map = x->scratch};
    return 0;
}

/* The map kept under 'key', made where there is none. */
static struct tmpl_map *map_at(struct tmpl_exec *x, const struct tmpl_value *key)
{
    const struct tmpl_value *found = tmpl_map_get(x->scratch, *key);

    if (found && found->kind != TMPL_MAP) {
        tmpl_fail(x, "scratch: \"%.*s\" is not a map", (int)key->len, key->s);
        return NULL;
    }
    if (found && !found->map->frozen)
        return found->map;
    struct tmpl_map *m = found ? tmpl_map_copy(&x->arena, found->map) : tmpl_map_new(&x->arena);
    tmpl_map_set(&x->arena, x->scratch, *key, tmpl_map_value(m));
    return m;
}

static int map_values(struct tmpl_exec *x, const struct tmpl_value *key, struct tmpl_value *ret)
{
    struct tmpl_map *m = map_at(x, key);
    struct tmpl_list *l = tmpl_list_new(&x->arena, m ? m->n : 0);

    if (!m)
        return -1;
    tmpl_map_sort(m);
    for (size_t i = 0; i < m->n; i++)
        tmpl_list_add(&x->arena, l, m->v[i].value);
    *ret = tmpl_list_value(l);
    return tmpl_charge(x, m->n);
}

static int map_set(struct tmpl_exec *x, const struct tmpl_value *args, bool keep)
{
    struct tmpl_map *m = map_at(x, &args[0]);

    if (!m)
        return -1;
    if (!keep || !tmpl_map_get(m, args[1]))
        tmpl_map_set(&x->arena, m, args[1], args[2]);
    return 0;
}

/* The methods that set give an empty string. */
static int call_method(struct tmpl_exec *x, char method, const struct tmpl_value *args,
                       struct tmpl_value *ret)
{
    const struct tmpl_value *found = tmpl_map_get(x->scratch, args[0]);

    *ret = tmpl_str("", 0);
    switch (method) {
    case 'k':
        *ret = tmpl_bool(found);
        return 0;
    case 'g':
        *ret = found ? *found : tmpl_nil();
        return 0;
    case 's':
        tmpl_map_set(&x->arena, x->scratch, args[0], args[1]);
        return 0;
    case 'S':
        if (!found)
            tmpl_map_set(&x->arena, x->scratch, args[0], args[1]);
        return 0;
    case 'v':
        return map_values(x, &args[0], ret);
    default:
        return map_set(x, args, method == 'M');
    }
}

int tmpl_scratch_call(struct tmpl_exec *x, const struct tmpl_value *name,
                      const struct tmpl_value *args, size_t n, struct tmpl_value *ret)
{
    static const struct {
        const char *name;
        char method;
        size_t n, n_strings; /* arguments; the first ones are strings */
    } methods[] = {{"Key", 'k', 1, 1},      {"Get", 'g', 1, 1},    {"Set", 's', 2, 1},
                   {"SetX", 'S', 2, 1},     {"MapSet", 'm', 3, 2}, {"MapSetX", 'M', 3, 2},
                   {"MapValues", 'v', 1, 1}};

    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (!tmpl_is(name, methods[i].name))
            continue;
        if (n != methods[i].n)
            return tmpl_fail(x, "wrong number of args for %s: want %zu got %zu", methods[i].name,
                             methods[i].n, n);
        for (size_t j = 0; j < methods[i].n_strings; j++)
            if (args[j].kind != TMPL_STRING)
                return tmpl_fail(x, "scratch.%s: argument %zu: expected string; got %s",
                                 methods[i].name, j + 1, tmpl_type_name(&args[j]));
        return tmpl_charge(x, 1) || call_method(x, methods[i].method, args, ret) ? -1 : 0;
    }
    return tmpl_fail(x, "can't evaluate field %.*s in type *template.Scratch", (int)name->len,
                     name->s);
}

const struct tmpl_function tmpl_fn_scratch[] = {
    {.name = "scratch", .args = "", .call = fn_scratch},
    {0},
};
