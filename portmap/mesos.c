#include "portmap/mesos.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define PORT_MAX 65535u

static const char *next_argument(const char *argument, const char *end);
static bool is_agent(const char *program);
static size_t read_text(const char *resources, struct mesos_range *ret);
static size_t read_list(const char *list, struct mesos_range *ret, size_t n);
static size_t read_json(const char *resources, struct mesos_range *ret);
static size_t add(struct mesos_range *ret, size_t n, unsigned first, unsigned last);

size_t mesos_ranges(const char *cmdline, size_t len, struct mesos_range ret[MESOS_RANGES_MAX])
{
    static const char option[] = "--resources=";
    CLEAN(free_str) char *copy = xmalloc(len + 1); /* ends with a NUL, whatever came */
    const char *resources = NULL;

    memcpy(copy, cmdline, len);
    copy[len] = '\0';
    if (!is_agent(copy))
        return 0;
    for (const char *a = copy; a; a = next_argument(a, copy + len))
        if (!strncmp(a, option, sizeof option - 1))
            resources = a + sizeof option - 1;
    size_t n = 0;
    if (resources)
        n = *resources == '[' ? read_json(resources, ret) : read_text(resources, ret);
    return n ? n : add(ret, 0, MESOS_FIRST, MESOS_LAST);
}

static const char *next_argument(const char *argument, const char *end)
{
    const char *next = argument + strlen(argument) + 1;

    return next < end ? next : NULL;
}

static bool is_agent(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;

    if (!strncmp(name, "lt-", 3)) /* libtool's, in a build tree */
        name += 3;
    return !strcmp(name, "mesos-agent") || !strcmp(name, "mesos-slave");
}

/* "cpus:4;ports(*):[31000-31999, 33000-33099];mem:1024" */
static size_t read_text(const char *resources, struct mesos_range *ret)
{
    size_t n = 0;

    for (const char *at = resources; *at; at += *at == ';') {
        size_t len = strcspn(at, ";");
        const char *list = memchr(at, '[', len);

        at += strspn(at, " ");
        if (list && !strncmp(at, "ports", 5) && strchr("(:", at[5]))
            n = read_list(list + 1, ret, n);
        at += strcspn(at, ";");
    }
    return n;
}

static size_t read_list(const char *list, struct mesos_range *ret, size_t n)
{
    unsigned first, last;
    int used;

    while (sscanf(list, " %5u - %5u%n", &first, &last, &used) == 2) {
        n = add(ret, n, first, last);
        list += used;
        list += strspn(list, " ");
        if (*list++ != ',')
            break;
    }
    return n;
}

/* [{"name": "ports", "ranges": {"range": [{"begin": 31000, "end": 32000}]}}] */
static size_t read_json(const char *resources, struct mesos_range *ret)
{
    CLEAN(json) json_t *doc = json_parse(resources, strlen(resources), NULL);
    json_t *resource, *range;
    size_t i, j, n = 0;

    json_array_foreach(doc, i, resource) {
        const char *name = json_str(resource, "name");

        if (!name || strcmp(name, "ports"))
            continue;
        json_array_foreach(json_arr(json_obj(resource, "ranges"), "range"), j, range) {
            json_int_t first = json_integer_value(json_object_get(range, "begin"));
            json_int_t last = json_integer_value(json_object_get(range, "end"));

            if (first > 0 && first <= PORT_MAX && last > 0 && last <= PORT_MAX)
                n = add(ret, n, (unsigned)first, (unsigned)last);
        }
    }
    return n;
}

static size_t add(struct mesos_range *ret, size_t n, unsigned first, unsigned last)
{
    if (n == MESOS_RANGES_MAX || first > last || last > PORT_MAX)
        return n;
    ret[n] = (struct mesos_range){first, last};
    return n + 1;
}
