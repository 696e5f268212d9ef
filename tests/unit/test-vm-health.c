#include "registrator/vmhealth.h"

#include <math.h>
#include <stddef.h>

#include "lib/clean.h"
#include "tests/tap.h"

#define JITTER_NONE .5 /* the middle of the range */

/* Results of checks as '+' and '-', and the states after each as 'U' and 'D'. */
static const struct {
    const char *name;
    unsigned rise, fall;
    const char *results, *states;
} tests[] = {
    {"the first result decides", 3, 3, "+", "U"},
    {"also a bad one", 3, 3, "-", "D"},
    {"three bad ones in a row", 2, 3, "+--+---", "UUUUUUD"},
    {"two good ones in a row", 2, 3, "-+-++", "DDDDU"},
    {"one is enough", 1, 1, "+-+-", "UDUD"},
    {"there and back", 2, 2, "+--++--", "UUDDUUD"},
};

static void test_states(void)
{
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        const struct vm_check check = {
            .type = VM_CHECK_TCP, .interval = 10., .rise = tests[i].rise, .fall = tests[i].fall};
        struct vm_health h;
        enum vm_state before = VM_UNKNOWN;
        char states[16] = "";
        bool told = true;

        vm_health_init(&h, &check, 0.);
        for (size_t k = 0; tests[i].results[k]; k++) {
            bool changed =
                vm_health_result(&h, &check, tests[i].results[k] == '+', 1., JITTER_NONE);

            told = told && changed == (h.state != before);
            before = h.state;
            states[k] = h.state == VM_UP ? 'U' : h.state == VM_DOWN ? 'D' : '?';
        }
        is_str(states, tests[i].states, "%s", tests[i].name);
        ok(told, "%s: every change is told, and nothing else", tests[i].name);
    }
}

static void test_times(void)
{
    const struct vm_check check = {.type = VM_CHECK_TCP, .interval = 10., .rise = 1, .fall = 1};
    const struct vm_check none = {.type = VM_CHECK_NONE};
    struct vm_health h;

    vm_health_init(&h, &check, 100.);
    ok(h.state == VM_UNKNOWN && h.due == 100., "the first check is due at once");
    vm_health_result(&h, &check, true, 103., 0.);
    ok(fabs(h.due - 112.) < 1e-9, "nine tenths of the interval after the end of the last");
    vm_health_result(&h, &check, true, 103., 1.);
    ok(fabs(h.due - 114.) < 1e-9, "eleven tenths at the most");
    vm_health_init(&h, &none, 100.);
    is_int(h.state, VM_UP, "what is not checked is up");
}

int main(void)
{
    test_states();
    test_times();
    return tap_done();
}
