/* Which of a container's networks counts, and how its ports are reached there. */
#include "agent/place.h"

#include <string.h>

#include "agent/derive.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define ID "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* The networks that Docker has: each is its own id. */
static const struct {
    const char *id, *driver;
} docker[] = {{"bridge", "bridge"}, {"a-net", "bridge"}, {"b-net", "bridge"}, {"lan", "macvlan"},
              {"mesh", "overlay"},  {"old", "weave"},    {"new", "calico"}};

#define SAY(name, reach)                                                                           \
    {                                                                                              \
        (char[]){name}, (char[])                                                                   \
        {                                                                                          \
            reach                                                                                  \
        }                                                                                          \
    }

static const struct reach_setting networks[] = {SAY("b-net", "auto"), SAY("mesh", "direct"),
                                                SAY("lan", "none")};
static const struct reach_setting drivers[] = {SAY("weave", "assigned"), SAY("bridge", "none")};
static const struct reach_rules silent, rules = {.networks = networks, .n_networks = 3},
                                        all = {networks, 3, drivers, 2};

static void fill_networks(struct inventory *inv)
{
    struct docker_network *v = xcalloc(ARRAY_LEN(docker), sizeof *v);

    for (size_t i = 0; i < ARRAY_LEN(docker); i++)
        v[i] = (struct docker_network){xstrdup(docker[i].id), xstrdup(docker[i].driver)};
    inventory_set_networks(inv, v, ARRAY_LEN(docker));
}

/* A running container in the networks of the list, "NAME ADDRESS" with commas between. */
static struct container *add_container(struct inventory *inv, const char *list, const char *labels)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    CLEAN(free_str) char *copy = xstrdup(list);
    char *rest = copy;

    sbuf_addf(&text,
              "{\"Id\": \"" ID "\", \"Name\": \"/web\", \"State\": {\"Running\": true}, "
              "\"HostConfig\": {\"NetworkMode\": \"default\"}, \"Config\": {\"Labels\": {%s}}, "
              "\"NetworkSettings\": {\"Networks\": {",
              labels);
    for (char *item; (item = strsep(&rest, ","));) {
        size_t len = strcspn(item, " ");
        const char *address = item + len + (item[len] == ' ');

        sbuf_addf(&text, "%s\"%.*s\": {\"NetworkID\": \"%.*s\", \"%s\": \"%s\"}",
                  item == copy ? "" : ", ", (int)len, item, (int)len, item,
                  strchr(address, ':') ? "GlobalIPv6Address" : "IPAddress", address);
    }
    sbuf_adds(&text, "}}}");
    CLEAN(json) json_t *doc = json_parse(sbuf_str(&text), text.len, NULL);
    struct container *c = container_from_json(doc, NULL);
    inventory_touch(inv, ID)->container = c;
    return c;
}

static void test_choice(void)
{
    static const struct {
        const struct reach_rules *rules;
        const char *networks, *labels, *wanted, *name;
    } rows[] = {
        {&silent, "a-net 10.1.0.2,b-net 10.2.0.2", "", "a-net assigned", "by name"},
        {&silent, "lan 10.3.0.2,mesh 10.4.0.2", "", "lan direct", "one that leads somewhere"},
        {&silent, "b-net 10.2.0.2,lan 10.3.0.2", "", "b-net assigned", "a bridge"},
        {&silent, "lan 10.3.0.2,new 10.6.0.2,a-net ", "", "lan direct", "only one with an address"},
        {&silent, "b-net fd00::2", "", "b-net assigned", "IPv6 alone"},
        {&silent, "a-net 10.1.0.2,b-net fd00::2", "\"berth.network\": \"b-net\"", "b-net assigned",
         "IPv6 alone, asked for"},
        {&silent, "a-net 10.1.0.2,lan 10.3.0.2", "\"berth.network\": \"lan\"", "lan direct",
         "the label before a bridge"},
        {&silent, "a-net 10.1.0.2,lan 10.3.0.2", "\"berth.network\": \"\"", "a-net assigned",
         "an empty label is none"},
        {&rules, "a-net 10.1.0.2,b-net 10.2.0.2", "", "b-net assigned", "the one with a section"},
        {&rules, "b-net 10.2.0.2,mesh 10.4.0.2", "", "b-net assigned", "the first section"},
        {&rules, "a-net 10.1.0.2,mesh 10.4.0.2", "", "mesh direct", "a section before a bridge"},
        {&rules, "a-net 10.1.0.2,mesh 10.4.0.2", "\"berth.network\": \"a-net\"", "a-net assigned",
         "the label before a section"},
        {&all, "old 10.5.0.2", "", "old assigned", "the driver's section"},
        {&all, "b-net 10.2.0.2", "", "b-net none", "auto leaves it to the driver's section"},
        {&all, "b-net 10.2.0.2", "\"berth.reach\": \"direct\"", "b-net direct",
         "the container's own word"},
        {&all, "b-net 10.2.0.2", "\"berth.reach\": \"auto\"", "b-net none", "auto is no word"},
        {&silent, "mesh 10.4.0.2,a-net 10.1.0.2",
         "\"berth.reach\": \"direct\", \"berth.network\": \"mesh\"", "mesh direct", "both labels"},
        {&silent, "later 10.7.0.2", "", "later assigned", "a network not listed yet is a bridge"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct inventory inv = {0};
        struct strv texts = {0};
        struct problems problems = {0};

        fill_networks(&inv);
        struct container *c = add_container(&inv, rows[i].networks, rows[i].labels);
        struct place p = place_find(&inv, rows[i].rules, c, &texts, &problems);
        CLEAN(free_str)
        char *got =
            xasprintf("%s %s", p.network ? p.network->name : "-", endpoint_reach_name(p.reach));
        is_str(got, rows[i].wanted, "%s", rows[i].name);
        ok(!problems.n && (p.reach == REACH_NONE) == !!p.why, "without a problem");
        strv_done(&texts);
        problems_done(&problems);
        inventory_done(&inv);
    }
}

static void test_why(void)
{
    static const struct {
        const struct reach_rules *rules;
        const char *networks, *wanted, *labels;
    } rows[] = {
        {&silent, "b-net 10.2.0.2",
         "its label berth.reach = none says so: publish the port with -p",
         "\"berth.reach\": \"none\""},
        {&silent, "mesh 10.4.0.2",
         "network mesh is an overlay, which only its members reach: publish the port with -p, or "
         "say [network \"mesh\"] reach = direct where others reach it",
         ""},
        {&silent, "old 10.5.0.2",
         "how network old of driver weave is reached is not known: publish the port with -p, or "
         "say [network \"old\"] reach = direct or assigned",
         ""},
        {&rules, "lan 10.3.0.2", "[network \"lan\"] reach = none says so: publish the port with -p",
         ""},
        {&all, "a-net 10.3.0.2",
         "[driver \"bridge\"] reach = none says so: publish the port with -p", ""},
        {&silent, "a-net ", "it has no address in any network", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct inventory inv = {0};
        struct strv texts = {0};

        fill_networks(&inv);
        struct container *c = add_container(&inv, rows[i].networks, rows[i].labels);
        struct place p = place_find(&inv, rows[i].rules, c, &texts, NULL);
        is_int(p.reach, REACH_NONE, "%s is not reached", rows[i].networks);
        is_str(p.why, rows[i].wanted, "and says why");
        strv_done(&texts);
        inventory_done(&inv);
    }
}

static void test_bad_label(void)
{
    struct inventory inv = {0};
    struct strv texts = {0};
    struct problems problems = {0};

    fill_networks(&inv);
    struct container *c =
        add_container(&inv, "b-net 10.2.0.2,lan 10.3.0.2,mesh ", "\"berth.network\": \"mesh\"");
    struct place p = place_find(&inv, &silent, c, &texts, &problems);
    is_str(p.network->name, "b-net", "a label that cannot be followed is left out");
    is_int((long)problems.n, 1, "and is a problem");
    is_str(problems.v[0].subject, "container web", "of the container");
    is_str(problems.v[0].text,
           "berth.network=mesh is left out: it has no address in such a network, only in: b-net, "
           "lan",
           "that names the networks there are");
    strv_done(&texts);
    problems_done(&problems);
    inventory_done(&inv);
}

static void test_bad_reach(void)
{
    struct inventory inv = {0};
    struct strv texts = {0};
    struct problems problems = {0};

    fill_networks(&inv);
    struct container *c = add_container(&inv, "lan 10.3.0.2", "\"berth.reach\": \"everywhere\"");
    struct place p = place_find(&inv, &silent, c, &texts, &problems);
    is_int(p.reach, REACH_DIRECT, "a word that is none is left out");
    is_int((long)problems.n, 1, "and is a problem");
    is_str(problems.v[0].text,
           "berth.reach=everywhere is left out: it must be auto, assigned, direct or none",
           "that names the words there are");
    strv_done(&texts);
    problems_done(&problems);
    inventory_done(&inv);
}

static void test_values(void)
{
    static const char *const good[] = {"auto", "assigned", "direct", "none"};
    static const char *const bad[] = {"", "host", "Direct", "none "};

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        is_int(reach_check(good[i], NULL), 0, "reach = %s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        is_int(reach_check(bad[i], NULL), -1, "reach = '%s' is refused", bad[i]);
}

int main(void)
{
    test_choice();
    test_why();
    test_bad_label();
    test_bad_reach();
    test_values();
    return tap_done();
}
