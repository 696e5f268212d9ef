#include "lb-template/tmpl/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM (TMPL_FLOAT_MAX - 1) /* behind a sign */
#define DIGITS_MAX 17             /* tell any two doubles apart */

/* The fewest digits that read back as 'f', and its exponent. */
static int shortest(double f, int *ret_exponent)
{
    char text[40];
    int n = 1;

    for (; n <= DIGITS_MAX; n++) {
        snprintf(text, sizeof text, "%.*e", n - 1, f);
        if (n == DIGITS_MAX || strtod(text, NULL) == f)
            break;
    }
    *ret_exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    return n;
}

/* Without an exponent: the 'n' digits that count, then zeros. */
static size_t plain(double f, int n, int exponent, char *ret)
{
    char text[40];
    size_t len = 0;

    if (exponent < n)
        return (size_t)snprintf(ret, ROOM, "%.*f", n - 1 - exponent, f);
    snprintf(text, sizeof text, "%.*e", n - 1, f);
    for (const char *c = text; *c != 'e'; c++)
        if (*c != '.')
            ret[len++] = *c;
    for (int i = n - 1; i < exponent; i++)
        ret[len++] = '0';
    ret[len] = '\0';
    return len;
}

/* %g changes to an exponent below 1e-4 and from 1e6 on: Go decides as if the precision were six,
 * C's default. */
static size_t format_shortest(double f, char verb, char *ret)
{
    int exponent, n = shortest(f, &exponent);
    bool scientific = verb == 'e' || verb == 'E';

    if (verb == 'g' || verb == 'G')
        scientific = exponent < -4 || exponent >= 6;
    if (!scientific)
        return plain(f, n, exponent, ret);
    if (verb == 'E' || verb == 'G')
        return (size_t)snprintf(ret, ROOM, "%.*E", n - 1, f);
    return (size_t)snprintf(ret, ROOM, "%.*e", n - 1, f);
}

size_t tmpl_float_format(double f, char verb, int precision, char ret[TMPL_FLOAT_MAX])
{
    if (isnan(f) || isinf(f))
        return (size_t)snprintf(ret, ROOM, "%s", isnan(f) ? "NaN" : f < 0 ? "-Inf" : "+Inf");
    if (precision < 0) {
        bool negative = signbit(f);

        if (negative)
            ret[0] = '-';
        return negative + format_shortest(fabs(f), verb, ret + negative);
    }
    switch (verb) {
    case 'e':
        return (size_t)snprintf(ret, ROOM, "%.*e", precision, f);
    case 'E':
        return (size_t)snprintf(ret, ROOM, "%.*E", precision, f);
    case 'g':
        return (size_t)snprintf(ret, ROOM, "%.*g", precision, f);
    case 'G':
        return (size_t)snprintf(ret, ROOM, "%.*G", precision, f);
    default:
        return (size_t)snprintf(ret, ROOM, "%.*f", precision, f);
    }
}
