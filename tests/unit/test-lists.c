/* lib/strv.h and lib/kv.h. */
#include "lib/kv.h"
#include "lib/strv.h"

#include <stdlib.h>

#include "lib/clean.h"
#include "tests/tap.h"

static void test_strv(void)
{
    struct strv l = {0}, copy = {0};

    strv_add(&l, "b");
    strv_addn(&l, "abc", 1);
    strv_add(&l, "b");
    CLEAN(free_str) char *declared = strv_join(&l, ",");
    is_str(declared, "b,a,b", "the order is the declared one");
    strv_copy(&copy, &l);
    ok(strv_equal(&l, &copy), "a copy is equal");
    strv_sort_unique(&l);
    CLEAN(free_str) char *sorted = strv_join(&l, ",");
    is_str(sorted, "a,b", "sorted, and each once");
    ok(!strv_equal(&l, &copy), "and not equal any more");
    ok(strv_contains(&l, "a") && !strv_contains(&l, "c"), "what is in it");
    strv_done(&l);
    strv_done(&copy);
    strv_sort_unique(&l);
    is_int((long long)l.n, 0, "an empty list stays empty");
}

static void test_kvs(void)
{
    struct kvs m = {0}, copy = {0};

    kvs_add(&m, "b", "1");
    kvs_add(&m, "a", "2");
    kvs_add(&m, "b", "3");
    is_str(kvs_get(&m, "b"), "3", "the last pair of a key counts");
    is_str(kvs_get(&m, "c"), NULL, "a key that is not there");
    kvs_sort(&m);
    is_str(m.v[0].key, "a", "sorted by key");
    is_str(m.v[2].value, "3", "equal keys keep their order");
    kvs_copy(&copy, &m);
    ok(kvs_equal(&m, &copy), "a copy is equal");
    kvs_set(&m, "b", "4");
    is_str(kvs_get(&m, "b"), "4", "a value is replaced");
    ok(!kvs_equal(&m, &copy), "and the copy differs");
    kvs_unset(&m, "a");
    kvs_unset(&m, "nothing");
    is_str(kvs_get(&m, "a"), NULL, "a pair is removed");
    is_int((long long)m.n, 2, "the others stay");
    kvs_done(&m);
    kvs_done(&copy);
}

int main(void)
{
    test_strv();
    test_kvs();
    return tap_done();
}
