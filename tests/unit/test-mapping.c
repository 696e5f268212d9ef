/* Orders and equality of mappings. */
#include <netinet/in.h>

#include "lib/clean.h"
#include "portmap/mapping.h"
#include "tests/tap.h"

#define ADDR(d)                                                                                    \
    {                                                                                              \
        .family = AF_INET, .b = { 172, 17, 0, d }                                                  \
    }

static const struct mapping base = {IPPROTO_TCP, 28001, ADDR(2), 80, "aa"};

static const struct {
    const char *name;
    struct mapping other; /* compared with 'base' */
    int by_key, by_lease; /* sign of base - other */
    bool equal;
} cases[] = {
    {"itself", {IPPROTO_TCP, 28001, ADDR(2), 80, "aa"}, 0, 0, true},
    {"higher host port", {IPPROTO_TCP, 28002, ADDR(2), 80, "aa"}, -1, 0, true},
    {"lower host port, later protocol", {IPPROTO_UDP, 28000, ADDR(2), 80, "aa"}, -1, -1, true},
    {"another address", {IPPROTO_TCP, 28001, ADDR(3), 80, "aa"}, 0, 0, false},
    {"lower container port", {IPPROTO_TCP, 28001, ADDR(2), 79, "aa"}, 0, 1, false},
    {"another container", {IPPROTO_TCP, 28001, ADDR(2), 80, "ab"}, 0, -1, false},
    {"nobody's", {IPPROTO_TCP, 28001, ADDR(2), 80, ""}, 0, 1, false},
    {"container counts before port", {IPPROTO_TCP, 28001, ADDR(2), 1, "ab"}, 0, -1, false},
};

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct mapping *m = &cases[i].other;
        const char *name = cases[i].name;

        is_int(sign(mapping_cmp_key(&base, m)), cases[i].by_key, "%s: by key", name);
        is_int(sign(mapping_cmp_key(m, &base)), -cases[i].by_key, "%s: by key, turned", name);
        is_int(sign(mapping_cmp_lease(&base, m)), cases[i].by_lease, "%s: by lease", name);
        is_int(sign(mapping_cmp_lease(m, &base)), -cases[i].by_lease, "%s: by lease, turned", name);
        is_int(mapping_equal(&base, m), cases[i].equal, "%s: equal", name);
    }
    return tap_done();
}
