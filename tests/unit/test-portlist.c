/* Ports added to the kernel's list of reserved ones. */
#include "lib/clean.h"
#include "portmap/portlist.h"
#include "tests/tap.h"

static const struct {
    const char *name, *list;
    unsigned first, last;
    const char *wanted; /* NULL: nothing to do */
} tests[] = {
    {"an empty list", "\n", 28000, 29999, "28000-29999"},
    {"beside others", "5,100-200\n", 28000, 28001, "5,100-200,28000-28001"},
    {"before others", "40000\n", 28000, 28001, "28000-28001,40000"},
    {"what is there stays", "28000-28010,28500\n", 28005, 28020, "28000-28020,28500"},
    {"neighbours grow together", "27999,28002\n", 28000, 28001, "27999-28002"},
    {"one port", "", 28000, 28000, "28000"},
    {"all there", "100,28000-29999\n", 28000, 29999, NULL},
    {"all there, in pieces", "28000,28001-28002\n", 28000, 28002, NULL},
    {"the ends", "0\n", 65535, 65535, "0,65535"},
    {"rubbish", "x,5\n", 28000, 28000, "28000"},
    {"rubbish behind", "5,x\n", 28000, 28000, "5,28000"},
    {"out of range", "70000,9-99999\n", 5, 5, "5,9-65535"},
};

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        CLEAN(free_str) char *got = portlist_with(tests[i].list, tests[i].first, tests[i].last);

        if (tests[i].wanted)
            is_str(got, tests[i].wanted, "%s", tests[i].name);
        else
            ok(!got, "%s", tests[i].name);
    }
    return tap_done();
}
