#include "lb-template/quiet.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define WAIT_MAX 3600. /* seconds */

/* Reads up to 'end'. Returns 0, or -1. */
static int parse_seconds(const char *text, size_t len, double *ret)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1.}, {"ms", 1e-3}, {"s", 1.}, {"m", 60.}};
    CLEAN(free_str) char *copy = xstrndup(text, len);
    char *unit;
    double value = strtod(copy, &unit);

    if (unit == copy || strspn(copy, "0123456789.") != (size_t)(unit - copy))
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (!strcmp(unit, units[i].unit)) {
            *ret = value * units[i].seconds;
            return *ret <= WAIT_MAX ? 0 : -1;
        }
    return -1;
}

int quiet_parse(struct quiet *ret, const char *text, struct err **err)
{
    size_t len = strcspn(text, ":");
    struct quiet q = {0};

    if (parse_seconds(text, len, &q.min))
        return err_set(err, "\"%s\" must be MIN or MIN:MAX, as in 250ms:1s, at most an hour", text);
    q.max = q.min * 4.;
    if (text[len] && parse_seconds(text + len + 1, strlen(text + len + 1), &q.max))
        return err_set(err, "\"%s\" must be MIN or MIN:MAX, as in 250ms:1s, at most an hour", text);
    if (q.max < q.min)
        return err_set(err, "\"%s\": the longest wait is shorter than the shortest one", text);
    *ret = q;
    return 0;
}

double quiet_change(struct quiet *q, double now)
{
    double end = now + q->min;

    if (!(q->first > 0.) || q->first > now) /* none yet, or the clock was set back */
        q->first = now;
    return end < q->first + q->max ? end : q->first + q->max;
}

void quiet_end(struct quiet *q)
{
    q->first = 0.;
}
