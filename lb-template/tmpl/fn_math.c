/* consul-template's arithmetic: the piped value is the left operand, so `10 | divide 2` is 5. Two
 * integers give an integer, anything else a float. */
#include "lb-template/tmpl/function.h"

#include <math.h>

/* 'b' op 'a' for floats. */
static double of_floats(char op, double a, double b)
{
    switch (op) {
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    case '/':
        return a / b;
    case '<':
        return fmin(a, b);
    default:
        return fmax(a, b);
    }
}

static int of_ints(struct tmpl_exec *x, const char *name, char op, int64_t a, int64_t b,
                   int64_t *ret)
{
    bool overflow = false;

    if ((op == '/' || op == '%') && !b)
        return tmpl_fail(x, "error calling %s: division by zero", name);
    if (op == '+')
        overflow = __builtin_add_overflow(a, b, ret);
    else if (op == '-')
        overflow = __builtin_sub_overflow(a, b, ret);
    else if (op == '*')
        overflow = __builtin_mul_overflow(a, b, ret);
    else if (b == -1 && (op == '/' || op == '%'))
        overflow = op == '/' ? __builtin_sub_overflow(0, a, ret) : (*ret = 0, false);
    else
        *ret = op == '/'   ? a / b
               : op == '%' ? a % b
               : op == '<' ? (a < b ? a : b)
                           : (a > b ? a : b);
    if (overflow)
        return tmpl_fail(x, "error calling %s: the result does not fit into 64 bits", name);
    return 0;
}

static int calculate(struct tmpl_exec *x, const char *name, char op, const struct tmpl_value *args,
                     struct tmpl_value *ret)
{
    const struct tmpl_value *a = &args[1], *b = &args[0];
    int64_t i = 0;

    if (a->kind == TMPL_INT && b->kind == TMPL_INT) {
        if (of_ints(x, name, op, a->i, b->i, &i))
            return -1;
        *ret = tmpl_int(i);
        return 0;
    }
    double f = a->kind == TMPL_INT ? (double)a->i : a->f;
    double g = b->kind == TMPL_INT ? (double)b->i : b->f;
    if (op == '/' && g == 0)
        return tmpl_fail(x, "error calling %s: division by zero", name);
    *ret = tmpl_float(of_floats(op, f, g));
    return 0;
}

static int fn_add(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    (void)n;
    return calculate(x, "add", '+', args, ret);
}

static int fn_subtract(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    (void)n;
    return calculate(x, "subtract", '-', args, ret);
}

static int fn_multiply(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    (void)n;
    return calculate(x, "multiply", '*', args, ret);
}

static int fn_divide(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    (void)n;
    return calculate(x, "divide", '/', args, ret);
}

static int fn_modulo(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    (void)n;
    return calculate(x, "modulo", '%', args, ret);
}

static int fn_minimum(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)n;
    return calculate(x, "minimum", '<', args, ret);
}

static int fn_maximum(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)n;
    return calculate(x, "maximum", '>', args, ret);
}

const struct tmpl_function tmpl_fn_math[] = {
    {.name = "add", .args = "nn", .call = fn_add},
    {.name = "subtract", .args = "nn", .call = fn_subtract},
    {.name = "multiply", .args = "nn", .call = fn_multiply},
    {.name = "divide", .args = "nn", .call = fn_divide},
    {.name = "modulo", .args = "ii", .call = fn_modulo},
    {.name = "minimum", .args = "nn", .call = fn_minimum},
    {.name = "maximum", .args = "nn", .call = fn_maximum},
    {0},
};
