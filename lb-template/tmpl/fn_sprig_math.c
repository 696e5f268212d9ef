/* sprig's arithmetic: in the order in which one reads it, integers unless the name says otherwise.
 */
#include "lb-template/tmpl/convert.h"
#include "lb-template/tmpl/function.h"

#include <math.h>

/* a 'op' b; wraps around as Go does. */
static int64_t apply(char op, int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;

    switch (op) {
    case '+':
        return (int64_t)(x + y);
    case '-':
        return (int64_t)(x - y);
    case '*':
        return (int64_t)(x * y);
    case '/':
        return b == -1 ? (int64_t)(0 - x) : a / b;
    case '%':
        return b == -1 ? 0 : a % b;
    case '<':
        return a < b ? a : b;
    default:
        return a > b ? a : b;
    }
}

static int fold(struct tmpl_exec *x, const char *name, char op, const struct tmpl_value *args,
                size_t n, struct tmpl_value *ret)
{
    int64_t result = tmpl_to_int(&args[0]);

    for (size_t i = 1; i < n; i++) {
        int64_t b = tmpl_to_int(&args[i]);

        if (!b && (op == '/' || op == '%'))
            return tmpl_fail(x, "error calling %s: division by zero", name);
        result = apply(op, result, b);
    }
    *ret = tmpl_int(result);
    return 0;
}

#define FOLD(function, name, op)                                                                   \
    static int function(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,              \
                        struct tmpl_value *ret)                                                    \
    {                                                                                              \
        return fold(x, name, op, args, n, ret);                                                    \
    }

FOLD(fn_add, "sprig_add", '+')
FOLD(fn_sub, "sprig_sub", '-')
FOLD(fn_mul, "sprig_mul", '*')
FOLD(fn_div, "sprig_div", '/')
FOLD(fn_mod, "sprig_mod", '%')
FOLD(fn_min, "sprig_min", '<')
FOLD(fn_max, "sprig_max", '>')

static int fn_add1(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_int(apply('+', tmpl_to_int(&args[0]), 1));
    return 0;
}

static int fn_floor(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_float(floor(tmpl_to_float(&args[0])));
    return 0;
}

static int fn_ceil(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_float(ceil(tmpl_to_float(&args[0])));
    return 0;
}

/* round VALUE PLACES: half away from zero. */
static int fn_round(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    double scale = pow(10, (double)tmpl_to_int(&args[1]));

    (void)x;
    (void)n;
    *ret = tmpl_float(round(tmpl_to_float(&args[0]) * scale) / scale);
    return 0;
}

static int fn_int(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_int(tmpl_to_int(&args[0]));
    return 0;
}

static int fn_float(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_float(tmpl_to_float(&args[0]));
    return 0;
}

/* until N, untilStep FROM TO STEP */
static int fn_until(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    int64_t from = n > 1 ? args[0].i : 0, to = n > 1 ? args[1].i : args[0].i;
    int64_t step = n > 2 ? args[2].i : to < 0 ? -1 : 1;
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);
    int64_t i = from;

    while (step && (step > 0 ? i < to : i > to)) {
        if (tmpl_charge(x, 1))
            return -1;
        tmpl_list_add(&x->arena, l, tmpl_int(i));
        if (__builtin_add_overflow(i, step, &i))
            break;
    }
    *ret = tmpl_list_value(l);
    return 0;
}

const struct tmpl_function tmpl_fn_sprig_math[] = {
    {.name = "sprig_add", .args = "aa*", .call = fn_add},
    {.name = "sprig_sub", .args = "aa", .call = fn_sub},
    {.name = "sprig_mul", .args = "aa*", .call = fn_mul},
    {.name = "sprig_div", .args = "aa", .call = fn_div},
    {.name = "sprig_mod", .args = "aa", .call = fn_mod},
    {.name = "sprig_min", .args = "aa*", .call = fn_min},
    {.name = "sprig_max", .args = "aa*", .call = fn_max},
    {.name = "sprig_biggest", .args = "aa*", .call = fn_max},
    {.name = "sprig_add1", .args = "a", .call = fn_add1},
    {.name = "sprig_floor", .args = "a", .call = fn_floor},
    {.name = "sprig_ceil", .args = "a", .call = fn_ceil},
    {.name = "sprig_round", .args = "aa", .call = fn_round},
    {.name = "sprig_int", .args = "a", .call = fn_int},
    {.name = "sprig_int64", .args = "a", .call = fn_int},
    {.name = "sprig_atoi", .args = "a", .call = fn_int},
    {.name = "sprig_float64", .args = "a", .call = fn_float},
    {.name = "sprig_until", .args = "i", .call = fn_until},
    {.name = "sprig_untilStep", .args = "iii", .call = fn_until},
    {0},
};
