#include "lib/mesos.h"

#include <string.h>

#include "lib/json.h"

#define OPTION "--resources"
#define VARIABLE "MESOS_RESOURCES"

static const char *find_last(const char *strings, size_t len, const char *name, bool apart);
static bool read_text(const char *resources, struct portset *ret);
static bool read_json(const char *resources, struct portset *ret);
static bool read_json_ranges(const json_t *ranges, struct portset *ret);

bool mesos_is_agent(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;

    if (!strncmp(name, "lt-", 3)) /* libtool's, in a build tree */
        name += 3;
    return !strcmp(name, "mesos-agent") || !strcmp(name, "mesos-slave");
}

const char *mesos_resources(const char *arguments, size_t arguments_len, const char *environment,
                            size_t environment_len)
{
    const char *said = find_last(arguments, arguments_len, OPTION, true);

    return said ? said : find_last(environment, environment_len, VARIABLE, false);
}

const char *mesos_file(const char *resources)
{
    if (!strncmp(resources, "file://", 7))
        resources += 7;
    return *resources == '/' ? resources : NULL;
}

void mesos_ports(const char *resources, struct portset *ret)
{
    const char *text = resources ? resources + strspn(resources, " \t\r\n") : "";

    if (!(*text == '[' || *text == '{' ? read_json(text, ret) : read_text(text, ret)))
        portset_add(ret, MESOS_FIRST, MESOS_LAST);
}

/* The value of the last string "name=value", or NULL; with 'apart' it may be the next string. */
static const char *find_last(const char *strings, size_t len, const char *name, bool apart)
{
    size_t name_len = strlen(name);
    const char *found = NULL;

    for (size_t at = 0, next; at < len; at = next) {
        next = at + strlen(strings + at) + 1;
        if (strncmp(strings + at, name, name_len) != 0)
            continue;
        if (strings[at + name_len] == '=')
            found = strings + at + name_len + 1;
        else if (apart && !strings[at + name_len] && next < len)
            found = strings + next;
    }
    return found;
}

/* "cpus:4;ports(*):[31000-31999, 33000-33099];mem:1024" */
static bool read_text(const char *resources, struct portset *ret)
{
    bool found = false;

    for (const char *at = resources; *at; at += *at == ';') {
        at += strspn(at, " \t");
        size_t len = strcspn(at, ";");
        const char *list = memchr(at, '[', len);

        if (list && !strncmp(at, "ports", 5) && (at[5] == '(' || at[5] == ':')) {
            struct portset ports = {0};
            portset_read(&ports, list);
            found |= portset_size(&ports) != 0;
            portset_add_set(ret, &ports);
        }
        at += len;
    }
    return found;
}

/* [{"name": "ports", "ranges": {"range": [{"begin": 31000, "end": 32000}]}}], or that array as a
 * member "resources". */
static bool read_json(const char *resources, struct portset *ret)
{
    CLEAN(json) json_t *doc = json_parse(resources, strlen(resources), NULL);
    const json_t *list = json_is_object(doc) ? json_arr(doc, "resources") : doc;
    const json_t *resource;
    size_t i;
    bool found = false;

    json_array_foreach(list, i, resource) {
        const char *name = json_str(resource, "name");

        if (name && !strcmp(name, "ports"))
            found |= read_json_ranges(json_arr(json_obj(resource, "ranges"), "range"), ret);
    }
    return found;
}

static bool read_json_ranges(const json_t *ranges, struct portset *ret)
{
    const json_t *range;
    size_t i;
    bool found = false;

    json_array_foreach(ranges, i, range) {
        const json_t *begin = json_object_get(range, "begin"), *end = json_object_get(range, "end");
        json_int_t first = json_integer_value(begin), last = json_integer_value(end);

        if (!json_is_integer(begin) || !json_is_integer(end) || first < 0 || first > last ||
            last > 65535)
            continue;
        portset_add(ret, (unsigned)first, (unsigned)last);
        found = true;
    }
    return found;
}
