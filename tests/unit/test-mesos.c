/* What a Mesos agent's command line says about its ports. Arguments are separated by '|'. */
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "portmap/mesos.h"
#include "tests/tap.h"

static const struct {
    const char *name;
    const char *cmdline;
    const char *ranges;
} tests[] = {
    {"another program", "/bin/sh|--resources=ports:[1-2]|", ""},
    {"nothing", "", ""},
    {"an agent that says nothing", "/usr/sbin/mesos-agent|--master=zk://a|", "31000-32000 "},
    {"under its old name", "mesos-slave|", "31000-32000 "},
    {"in a build tree", "./.libs/lt-mesos-agent|", "31000-32000 "},
    {"a longer name", "mesos-agent2|", ""},
    {"ports of a role", "mesos-agent|--resources=cpus:4;ports(*):[25000-26000]|", "25000-26000 "},
    {"several ranges", "mesos-agent|--resources=ports:[1-2, 5-6,8-9];mem:5|", "1-2 5-6 8-9 "},
    {"several roles", "mesos-agent|--resources=ports(a):[1-2];ports(b):[3-4]|", "1-2 3-4 "},
    {"a blank before it", "mesos-agent|--resources=cpus:4; ports:[7-8]|", "7-8 "},
    {"other resources only", "mesos-agent|--resources=cpus:4;disks:[1-2]|", "31000-32000 "},
    {"the last one counts", "mesos-agent|--resources=ports:[1-2]|--resources=ports:[3-4]|", "3-4 "},
    {"no ports at all", "mesos-agent|--resources=ports:[]|", "31000-32000 "},
    {"rubbish", "mesos-agent|--resources=ports:[x;;[;ports|", "31000-32000 "},
    {"the wrong way round, and too high", "mesos-agent|--resources=ports:[9-8,70000-70001,4-5]|",
     "4-5 "},
    {"no end", "mesos-agent|--resources=ports:[6-7", "6-7 "},
    {"a file", "mesos-agent|--resources=file:///etc/resources|", "31000-32000 "},
    {"JSON",
     "mesos-agent|--resources=[{\"name\":\"cpus\"},{\"name\":\"ports\",\"type\":\"RANGES\","
     "\"ranges\":{\"range\":[{\"begin\":25000,\"end\":25999},{\"begin\":-1,\"end\":5}]}}]|",
     "25000-25999 "},
    {"JSON of another shape", "mesos-agent|--resources=[1,{\"name\":\"ports\"}]|", "31000-32000 "},
    {"half a JSON", "mesos-agent|--resources=[{|", "31000-32000 "},
};

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;
        CLEAN(free_str) char *cmdline = xstrdup(tests[i].cmdline);
        struct mesos_range ranges[MESOS_RANGES_MAX];
        size_t len = strlen(cmdline);

        for (char *c = cmdline; (c = strchr(c, '|'));)
            *c++ = '\0';
        size_t n = mesos_ranges(cmdline, len, ranges);
        for (size_t r = 0; r < n; r++)
            sbuf_addf(&got, "%u-%u ", ranges[r].first, ranges[r].last);
        is_str(sbuf_str(&got), tests[i].ranges, "%s", tests[i].name);
    }
    return tap_done();
}
