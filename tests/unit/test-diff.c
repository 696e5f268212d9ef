#include "lib/diff.h"

#include <string.h>

#include "lib/sbuf.h"
#include "tests/tap.h"

/* A member is two letters: the key and the value. */
struct pair {
    char key, value;
};

static int compare(const void *a, const void *b)
{
    return ((const struct pair *)a)->key - ((const struct pair *)b)->key;
}

static int equal(const void *wanted, const void *actual)
{
    return ((const struct pair *)wanted)->value == ((const struct pair *)actual)->value;
}

static void visit(enum diff_op op, const void *wanted, const void *actual, void *arg)
{
    static const char *const signs[] = {
        [DIFF_ADD] = "+", [DIFF_DELETE] = "-", [DIFF_CHANGE] = "~", [DIFF_SAME] = "="};
    const struct pair *w = wanted, *a = actual;

    sbuf_addf(arg, "%s%c", signs[op], w ? w->key : a->key);
    if (w && a && w->key != a->key)
        sbuf_adds(arg, "(mismatch)");
    if ((op == DIFF_ADD) != (w && !a) || (op == DIFF_DELETE) != (!w && a))
        sbuf_adds(arg, "(wrong side)");
}

int main(void)
{
    static const struct {
        const char *wanted, *actual, *ops;
    } table[] = {
        {"", "", ""},
        {"a1b1", "", "+a+b"},
        {"", "a1b1", "-a-b"},
        {"a1b1", "a1b1", "=a=b"},
        {"a1b2", "a1b1", "=a~b"},
        {"a1c1", "b1", "+a-b+c"},
        {"b1", "a1b2c1", "-a~b-c"},
        {"a1b1c1d1", "c1d2e1", "+a+b=c~d-e"},
    };
    const struct diff_rules rules = {sizeof(struct pair), compare, equal};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;
        size_t w = strlen(table[i].wanted), a = strlen(table[i].actual);

        diff_sorted(&rules, w ? table[i].wanted : NULL, w / 2, a ? table[i].actual : NULL, a / 2,
                    visit, &got);
        is_str(sbuf_str(&got), table[i].ops, "wanted '%s', actual '%s'", table[i].wanted,
               table[i].actual);
    }
    return tap_done();
}
