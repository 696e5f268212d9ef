#include "lb-template/tmpl/function.h"

#include <string.h>

const struct tmpl_function *const tmpl_functions[] = {
    tmpl_fn_core,       tmpl_fn_compare,    tmpl_fn_text,
    tmpl_fn_list,       tmpl_fn_map,        tmpl_fn_math,
    tmpl_fn_parse,      tmpl_fn_encode,     tmpl_fn_regex,
    tmpl_fn_hash,       tmpl_fn_net,        tmpl_fn_time,
    tmpl_fn_scratch,    tmpl_fn_source,     tmpl_fn_host,
    tmpl_fn_sprig_text, tmpl_fn_sprig_list, tmpl_fn_sprig_map,
    tmpl_fn_sprig_math, tmpl_fn_absent,     NULL,
};

const struct tmpl_function *const tmpl_functions_registrator[] = {
    tmpl_fn_registrator, tmpl_fn_core, tmpl_fn_compare, tmpl_fn_text, NULL,
};

const struct tmpl_function tmpl_fn_absent[] = {
    {.name = "secret", .why = "berth does not talk to Vault"},
    {.name = "secrets", .why = "berth does not talk to Vault"},
    {.name = "pkiCert", .why = "berth does not talk to Vault"},
    {.name = "nomadServices", .why = "berth does not talk to Nomad"},
    {.name = "nomadService", .why = "berth does not talk to Nomad"},
    {.name = "nomadVarList", .why = "berth does not talk to Nomad"},
    {.name = "nomadVarListSafe", .why = "berth does not talk to Nomad"},
    {.name = "nomadVar", .why = "berth does not talk to Nomad"},
    {.name = "nomadVarExists", .why = "berth does not talk to Nomad"},
    {.name = "partitions", .why = "it is of Consul Enterprise"},
    {.name = "peerings", .why = "berth has no cluster peering"},
    {.name = "exportedServices", .why = "it is of Consul Enterprise"},
    {.name = "importedServices", .why = "it is of Consul Enterprise"},
    {.name = "caRoots", .why = "berth does not hand out Connect's certificates"},
    {.name = "caLeaf", .why = "berth does not hand out Connect's certificates"},
    {.name = "plugin", .why = "a template of berth runs no programs"},
    {.name = "call", .why = "no value of a template of berth is a function"},
    {.name = "spew_dump", .why = "berth has toJSONPretty and printf \"%#v\" for that"},
    {.name = "spew_sdump", .why = "berth has toJSONPretty and printf \"%#v\" for that"},
    {.name = "spew_printf", .why = "berth has toJSONPretty and printf \"%#v\" for that"},
    {.name = "spew_sprintf", .why = "berth has toJSONPretty and printf \"%#v\" for that"},
    {0},
};

const struct tmpl_function *tmpl_function_find(const struct tmpl_function *const *groups,
                                               const char *name, size_t len)
{
    for (; *groups; groups++)
        for (const struct tmpl_function *f = *groups; f->name; f++)
            if (strlen(f->name) == len && !memcmp(f->name, name, len))
                return f;
    return NULL;
}

bool tmpl_function_asks(const struct tmpl_function *f)
{
    static const struct tmpl_function *const groups[] = {tmpl_fn_source, tmpl_fn_host, NULL};

    return tmpl_function_find(groups, f->name, strlen(f->name)) == f;
}

/* How many arguments 'f' takes; SIZE_MAX: any number. */
static void count_args(const struct tmpl_function *f, size_t *ret_min, size_t *ret_max)
{
    bool optional = false;

    *ret_min = *ret_max = 0;
    for (const char *a = f->args; *a; a++) {
        if (*a == '?') {
            optional = true;
            --*ret_min;
        } else if (*a == '*') {
            *ret_min -= !optional;
            *ret_max = SIZE_MAX;
        } else {
            *ret_min += !optional;
            ++*ret_max;
        }
    }
}

static int check_count(struct tmpl_exec *x, const struct tmpl_function *f, size_t n)
{
    size_t min, max;

    count_args(f, &min, &max);
    if (n >= min && n <= max)
        return 0;
    if (max == SIZE_MAX)
        return tmpl_fail(x, "wrong number of args for %s: want at least %zu got %zu", f->name, min,
                         n);
    if (min < max)
        return tmpl_fail(x, "wrong number of args for %s: want %zu to %zu got %zu", f->name, min,
                         max, n);
    return tmpl_fail(x, "wrong number of args for %s: want %zu got %zu", f->name, min, n);
}

/* NULL where 'v' is what 'letter' stands for, else the name of what it stands for. */
static const char *wrong_kind(char letter, const struct tmpl_value *v)
{
    switch (letter) {
    case 's':
        return v->kind == TMPL_STRING ? NULL : "string";
    case 'i':
        return v->kind == TMPL_INT ? NULL : "int";
    case 'n':
        return v->kind == TMPL_INT || v->kind == TMPL_FLOAT ? NULL : "a number";
    case 'b':
        return v->kind == TMPL_BOOL ? NULL : "bool";
    case 'l':
        return v->kind == TMPL_LIST ? NULL : "a list";
    case 'm':
        return v->kind == TMPL_MAP ? NULL : "a map";
    default:
        return NULL;
    }
}

/* A call costs what it reads: text that a function makes is bounded by the memory anyway. */
static uint64_t price(const struct tmpl_value *args, size_t n)
{
    uint64_t steps = 1 + n;

    for (size_t i = 0; i < n; i++)
        steps += args[i].kind == TMPL_STRING ? args[i].len / 16 : 0;
    return steps;
}

int tmpl_function_call(struct tmpl_exec *x, const struct tmpl_function *f,
                       const struct tmpl_value *args, size_t n, struct tmpl_value *ret)
{
    const char *letter = f->args;

    if (tmpl_charge(x, price(args, n)) || check_count(x, f, n))
        return -1;
    for (size_t i = 0; i < n; i++) {
        const char *want = wrong_kind(*letter, &args[i]);

        tmpl_fill(&x->arena, &args[i]);

        if (want && (args[i].kind == TMPL_NONE || args[i].kind == TMPL_NIL))
            return tmpl_fail(x, "%s: argument %zu: invalid value; expected %s", f->name, i + 1,
                             want);
        if (want)
            return tmpl_fail(x, "%s: argument %zu: wrong type for value; expected %s; got %s",
                             f->name, i + 1, want, tmpl_type_name(&args[i]));
        if (letter[1] == '?')
            letter++;
        if (letter[1] && letter[1] != '*')
            letter++;
    }
    if (f->call(x, args, n, ret))
        return x->err ? -1 : tmpl_fail(x, "error calling %s", f->name);
    return tmpl_charge(x, 0);
}
