#include "registrator/attrs.h"

#include "lib/clean.h"
#include "tests/tap.h"

static const char *or_none(const char *s)
{
    return s ? s : "-";
}

/* registrator's precedence: each of the four places alone and against each other one, with the
 * pairs of a place in either order. */
static void test_precedence(void)
{
    enum { LABEL_PORT, ENV_PORT, LABEL, ENV, PLACES };
    static const char *const values[PLACES] = {"label-port", "env-port", "label", "env"};

    for (unsigned set = 0; set < 1u << PLACES; set++) {
        for (int reversed = 0; reversed < 2; reversed++) {
            struct kvs env = {0}, labels = {0};
            struct attrs a;
            unsigned best = 0;

            while (best < PLACES && !(set & 1u << best))
                best++;
            for (int turn = 0; turn < 2; turn++) {
                if (turn == reversed) {
                    if (set & 1u << LABEL_PORT)
                        kvs_add(&labels, "SERVICE_80_NAME", values[LABEL_PORT]);
                    if (set & 1u << ENV_PORT)
                        kvs_add(&env, "SERVICE_80_NAME", values[ENV_PORT]);
                } else {
                    if (set & 1u << LABEL)
                        kvs_add(&labels, "SERVICE_NAME", values[LABEL]);
                    if (set & 1u << ENV)
                        kvs_add(&env, "SERVICE_NAME", values[ENV]);
                }
            }
            attrs_read(&a, &env, &labels, 80);
            is_str(or_none(attrs_get(&a, "name")), best < PLACES ? values[best] : "-",
                   "places %u, order %d", set, reversed);
            is_int(attrs_from_port(&a, "name"), best <= ENV_PORT, "places %u: for the port", set);
            attrs_done(&a);
            kvs_done(&env);
            kvs_done(&labels);
        }
    }
}

static void test_keys(void)
{
    static const struct {
        const char *label, *key, *value;
    } cases[] = {
        {"SERVICE_REGION", "region", "v"},
        {"SERVICE_80_Name", "name", "v"},
        {"SERVICE_080_NAME", "name", "-"}, /* registrator compares the text */
        {"SERVICE_+80_NAME", "name", "-"},
        {"SERVICE_-80_NAME", "name", "-"},
        {"SERVICE_8_NAME", "name", "-"},
        {"SERVICE_800_NAME", "name", "-"},
        {"SERVICE_443_NAME", "443_name", "-"},
        {"SERVICE_80", "80", "v"}, /* nothing follows the number */
        {"SERVICE_80X_NAME", "80x_name", "v"},
        {"SERVICE_80_CHECK_HTTP", "check_http", "v"},
        {"SERVICE_FOO.BAR", "foo.bar", "v"},
        {"SERVICE_", "", "v"},
        {"service_name", "name", "-"},
        {"SERVICES_NAME", "name", "-"},
        {"XSERVICE_NAME", "name", "-"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct kvs env = {0}, labels = {0};
        struct attrs a;

        kvs_add(&labels, cases[i].label, "v");
        attrs_read(&a, &env, &labels, 80);
        is_str(or_none(attrs_get(&a, cases[i].key)), cases[i].value, "%s", cases[i].label);
        attrs_done(&a);
        kvs_done(&labels);
    }
}

static void test_empty(void)
{
    struct kvs env = {0}, labels = {0};
    struct attrs a;

    kvs_add(&env, "SERVICE_NAME", "web");
    kvs_add(&labels, "SERVICE_80_NAME", "");
    attrs_read(&a, &env, &labels, 80);
    is_str(or_none(attrs_get(&a, "name")), "-", "an empty value for the port hides the other one");
    ok(attrs_from_port(&a, "name"), "and counts as said for the port");
    attrs_done(&a);
    kvs_done(&env);
    kvs_done(&labels);
}

static void test_haproxy(void)
{
    struct kvs env = {0}, labels = {0};

    kvs_add(&env, "HAPROXY_0_PORT", "1");
    kvs_add(&env, "HAPROXY_1_PORT", "2");
    kvs_add(&env, "HAPROXY_2_PORT", "");
    kvs_add(&labels, "HAPROXY_1_PORT", "3");
    kvs_add(&labels, "HAPROXY_0_PORT", "");
    is_str(attrs_haproxy(&env, &labels, 0, "PORT"), "1", "an empty label says nothing");
    is_str(attrs_haproxy(&env, &labels, 1, "PORT"), "3", "a label wins over the environment");
    is_str(attrs_haproxy(&env, &labels, 2, "PORT"), NULL, "empty means not said");
    is_str(attrs_haproxy(&env, &labels, 10, "PORT"), NULL, "the index is compared whole");
    kvs_done(&env);
    kvs_done(&labels);
}

static void test_label_names(void)
{
    struct kvs env = {0}, labels = {0};
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;
    struct attrs a;

    kvs_add(&labels, "SERVICE_80_NAME", "v");
    kvs_add(&labels, "SERVICE_ID\n", "v");
    attrs_read(&a, &env, &labels, 80);
    attrs_add_label(&b, &a, "name");
    sbuf_addch(&b, ' ');
    attrs_add_label(&b, &a, "id\n");
    is_str(sbuf_str(&b), "SERVICE_80_NAME SERVICE_ID\\x0a", "labels as people know them");
    attrs_done(&a);
    kvs_done(&labels);
}

int main(void)
{
    test_precedence();
    test_keys();
    test_empty();
    test_haproxy();
    test_label_names();
    return tap_done();
}
