/* Quiescence: what is read, and when a group of changes ends. */
#include "lb-template/quiet.h"

#include <math.h>

#include "lib/clean.h"
#include "tests/tap.h"

static void test_parsing(void)
{
    static const struct {
        const char *text;
        double min, max; /* -1: refused */
    } rows[] = {
        {"0", 0., 0.},     {"5", 5., 20.},      {"5s", 5., 20.},     {"250ms", .25, 1.},
        {"1m", 60., 240.}, {"5s:20s", 5., 20.}, {"0.5:0.5", .5, .5}, {"250ms:1s", .25, 1.},
        {"", -1., 0.},     {":", -1., 0.},      {"5s:", -1., 0.},    {"s", -1., 0.},
        {"5h", -1., 0.},   {"-1", -1., 0.},     {"1e3", -1., 0.},    {"inf", -1., 0.},
        {"10:5", -1., 0.}, {"4000", -1., 0.},   {"5 s", -1., 0.},    {"5s:1s:2s", -1., 0.},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct quiet q = {0};
        CLEAN(err) struct err *err = NULL;
        int status = quiet_parse(&q, rows[i].text, &err);

        if (rows[i].min < 0.)
            ok(status && err, "'%s' is refused: %s", rows[i].text, err_msg(err));
        else
            ok(!status && fabs(q.min - rows[i].min) < 1e-9 && fabs(q.max - rows[i].max) < 1e-9,
               "'%s' is read", rows[i].text);
    }
}

static void test_groups(void)
{
    struct quiet none = {0}, q = {.min = 2., .max = 5.};

    ok(quiet_change(&none, 100.) == 100., "without a wait a change is acted on at once");
    ok(quiet_change(&q, 100.) == 102., "the first change waits");
    ok(quiet_change(&q, 101.) == 103., "the next one puts the end off");
    ok(quiet_change(&q, 102.5) == 104.5, "... and so on");
    ok(quiet_change(&q, 104.) == 105., "... but not for ever");
    quiet_end(&q);
    ok(quiet_change(&q, 200.) == 202., "then it begins anew");
    ok(quiet_change(&q, 50.) == 52., "a clock that was set back does no harm");
}

int main(void)
{
    test_parsing();
    test_groups();
    return tap_done();
}
