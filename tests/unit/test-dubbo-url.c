/* Dubbo's URLs: read from a node's name, written again, and what is none. */
#include "registrator/dubbo_url.h"

#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static char *name_of(const struct dubbo_url *u)
{
    struct sbuf b = SBUF_INIT;

    dubbo_url_add_name(&b, u);
    return sbuf_take(&b);
}

static void test_round_trip(void)
{
    static const char *const names[] = {
        "dubbo%3A%2F%2F192.0.2.1%3A20880%2Fcom.acme.Greeter%3Fanyhost%3Dtrue%26methods%3Da%2Cb",
        "tri%3A%2F%2Fhost-1%3A1%2Fcom.acme.Outer%24Inner",
        "rest%3A%2F%2F%5B2001%3Adb8%3A%3A1%5D%3A65535%2Fx%3Fgroup%3D%26note%3Da+b*",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct dubbo_url u = {0};

        ok(!dubbo_url_parse(names[i], &u, NULL), "%s is read", names[i]);
        CLEAN(free_str) char *again = name_of(&u);
        is_str(again, names[i], "and written as it was");
        dubbo_url_done(&u);
    }
}

static void test_parts(void)
{
    struct dubbo_url u = {0};

    ok(!dubbo_url_parse("dubbo%3A%2F%2Fu%3Ap%40[2001:db8::1]%3A20880%2Fcom.acme.Greeter%3Fanyhost"
                        "%3Dtrue%26flag%26%26note%3Da%2520b%2Bc",
                        &u, NULL),
       "a URL with a user, an IPv6 address and odd parameters");
    is_str(u.protocol, "dubbo", "its protocol");
    is_str(u.host, "2001:db8::1", "its host");
    is_int(u.port, 20880, "its port");
    is_str(u.path, "com.acme.Greeter", "its path");
    is_str(kvs_get(&u.params, "flag"), "", "a parameter without a value");
    is_str(kvs_get(&u.params, "note"), "a%20b+c", "one level of encoding is taken off, no more");
    is_int((long long)u.params.n, 3, "empty parameters do not count");
    dubbo_url_done(&u);
}

static void test_refused(void)
{
    static const char *const names[] = {
        "",
        "nonsense",
        "%3A%2F%2Fh%3A1%2Fx",
        "dubbo%3A%2F%2F",
        "dubbo%3A%2F%2Fhost%2Fx",
        "dubbo%3A%2F%2F%3A1%2Fx",
        "dubbo%3A%2F%2Fh%3A0%2Fx",
        "dubbo%3A%2F%2Fh%3A65536%2Fx",
        "dubbo%3A%2F%2Fh%3A1x%2Fx",
        "dubbo%3A%2F%2Fh%3A1%2Fx%",
        "dubbo%3A%2F%2Fh%3A1%2Fx%4",
        "dubbo%3A%2F%2Fh%3A1%2Fx%zz",
        "dubbo%3A%2F%2Fh%3A1%2Fx%00y",
        "dubbo%3A%2F%2Fh%3A1%2Fx%0Aforged",
        "x%3Fa%3Ddubbo%3A%2F%2Fh%3A1",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct dubbo_url u = {0};
        CLEAN(err) struct err *err = NULL;

        ok(dubbo_url_parse(names[i], &u, &err) && err && !u.host, "'%s' is refused", names[i]);
    }
}

static void test_limits(void)
{
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;
    struct dubbo_url u = {0};

    sbuf_adds(&b, "dubbo://h:1/x?");
    for (unsigned i = 0; i <= DUBBO_PARAMS_MAX; i++)
        sbuf_addf(&b, "k%u=v&", i);
    ok(dubbo_url_parse(sbuf_str(&b), &u, NULL), "too many parameters are refused");
    while (b.len <= DUBBO_URL_MAX)
        sbuf_adds(&b, "xxxxxxxxxxxxxxxx");
    ok(dubbo_url_parse(sbuf_str(&b), &u, NULL), "so is a name that is too long");
}

int main(void)
{
    test_round_trip();
    test_parts();
    test_refused();
    test_limits();
    return tap_done();
}
