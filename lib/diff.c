#include "lib/diff.h"

void diff_sorted(const struct diff_rules *rules, const void *wanted, size_t n_wanted,
                 const void *actual, size_t n_actual,
                 void (*visit)(enum diff_op op, const void *wanted, const void *actual, void *arg),
                 void *arg)
{
    const char *w = wanted, *a = actual;
    const char *w_end = n_wanted ? w + n_wanted * rules->size : w;
    const char *a_end = n_actual ? a + n_actual * rules->size : a;

    while (w != w_end || a != a_end) {
        int order = w == w_end ? 1 : a == a_end ? -1 : rules->compare(w, a);

        if (order < 0) {
            visit(DIFF_ADD, w, NULL, arg);
            w += rules->size;
        } else if (order > 0) {
            visit(DIFF_DELETE, NULL, a, arg);
            a += rules->size;
        } else {
            visit(rules->equal(w, a) ? DIFF_SAME : DIFF_CHANGE, w, a, arg);
            w += rules->size;
            a += rules->size;
        }
    }
}
