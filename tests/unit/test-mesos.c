/* What a Mesos agent is told of its resources, and what ports they have. Strings that end with a
 * NUL are separated by '|'. */
#include <string.h>

#include "lib/clean.h"
#include "lib/mesos.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static const struct {
    const char *name, *arguments, *environment;
    const char *resources; /* NULL: none */
} told[] = {
    {"nothing", "", "", NULL},
    {"neither says", "mesos-agent|--master=zk://a|", "PATH=/bin|", NULL},
    {"an argument", "mesos-agent|--resources=ports:[1-2]|", "", "ports:[1-2]"},
    {"the last one counts", "a|--resources=1|--resources=2|", "", "2"},
    {"the environment", "a|", "X=1|MESOS_RESOURCES=ports:[5-6]|", "ports:[5-6]"},
    {"an argument before the environment", "a|--resources=1|", "MESOS_RESOURCES=2|", "1"},
    {"an empty one", "a|--resources=|", "MESOS_RESOURCES=2|", ""},
    {"a longer name", "a|--resources_x=1|", "MESOS_RESOURCES2=2|", NULL},
    {"no end", "a|--resources=1", "", "1"},
    {"a value of its own", "a|--resources|ports:[1-2]|", "", "ports:[1-2]"},
    {"a value that is missing", "a|--resources|", "", NULL},
    {"no value of its own in the environment", "", "MESOS_RESOURCES|2|", NULL},
};

static const struct {
    const char *resources, *ports;
} offers[] = {
    {NULL, "31000-32000"},
    {"", "31000-32000"},
    {"cpus:4;mem:2048;ports:[31000-32000]", "31000-32000"},
    {"cpus:4;ports(*):[25000-26000]", "25000-26000"},
    {"ports:[1-2, 5-6,8-9];mem:5", "1-2,5-6,8-9"},
    {"ports(a):[1-2];ports(b):[4-5]", "1-2,4-5"},
    {"cpus:4; ports:[7-8]", "7-8"},
    {"cpus:4;disks:[1-2]", "31000-32000"},
    {"portsmith:[1-2]", "31000-32000"},
    {"ports:[]", "31000-32000"},
    {"ports(", "31000-32000"},
    {"ports:[x;;[;ports", "31000-32000"},
    {"ports:[9-8,70000-70001,4-5]", "4-5"},
    {"ports:[6-7", "6-7"},
    {"[{\"name\":\"cpus\"},{\"name\":\"ports\",\"type\":\"RANGES\","
     "\"ranges\":{\"range\":[{\"begin\":25000,\"end\":25999},{\"begin\":-1,\"end\":5}]}}]",
     "25000-25999"},
    {"{\"resources\": [{\"name\": \"ports\", \"ranges\": {\"range\": [{\"begin\": 5, \"end\": "
     "6}]}}]}",
     "5-6"},
    {" \n[{\"name\":\"ports\",\"ranges\":{\"range\":[{\"begin\":5,\"end\":6}]}}]", "5-6"},
    {"[1,{\"name\":\"ports\"},{\"name\":\"ports\",\"ranges\":7}]", "31000-32000"},
    {"[{", "31000-32000"},
};

static const struct {
    const char *program;
    bool is;
} programs[] = {
    {"", false},
    {"/bin/sh", false},
    {"/usr/sbin/mesos-agent", true},
    {"mesos-slave", true},
    {"./.libs/lt-mesos-agent", true},
    {"mesos-agent2", false},
};

/* The caller frees it. */
static char *with_nuls(const char *text)
{
    char *copy = xstrdup(text);

    for (char *c = copy; (c = strchr(c, '|'));)
        *c++ = '\0';
    return copy;
}

static void test_told(void)
{
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        CLEAN(free_str) char *arguments = with_nuls(told[i].arguments);
        CLEAN(free_str) char *environment = with_nuls(told[i].environment);

        is_str(mesos_resources(arguments, strlen(told[i].arguments), environment,
                               strlen(told[i].environment)),
               told[i].resources, "told: %s", told[i].name);
    }
}

static void test_offers(void)
{
    for (size_t i = 0; i < ARRAY_LEN(offers); i++) {
        struct portset ports = {0};

        mesos_ports(offers[i].resources, &ports);
        CLEAN(free_str) char *got = portset_format(&ports);
        is_str(got, offers[i].ports, "ports of %s", offers[i].resources);
    }
}

int main(void)
{
    test_told();
    test_offers();
    for (size_t i = 0; i < ARRAY_LEN(programs); i++)
        is_int(mesos_is_agent(programs[i].program), programs[i].is, "is it an agent: '%s'",
               programs[i].program);
    is_str(mesos_file("file:///etc/resources"), "/etc/resources", "a file");
    is_str(mesos_file("/etc/resources"), "/etc/resources", "a path");
    is_str(mesos_file("file://etc"), NULL, "a file without a path");
    is_str(mesos_file("ports:[1-2]"), NULL, "no file");
    return tap_done();
}
