#include "agent/inspect_value.h"

#include "lb-template/tmpl/json_value.h"
#include "lib/xmalloc.h"

/* Go's name of a field that Docker calls otherwise. */
static const struct {
    const char *docker, *go;
} spellings[] = {
    {"Id", "ID"},
    {"Dns", "DNS"},
    {"DnsOptions", "DNSOptions"},
    {"DnsSearch", "DNSSearch"},
    {"CpuShares", "CPUShares"},
    {"CpuPeriod", "CPUPeriod"},
    {"CpuQuota", "CPUQuota"},
    {"CpusetCpus", "CPUSetCPUs"},
    {"CpusetMems", "CPUSetMEMs"},
    {"OomScoreAdj", "OOMScoreAdj"},
};

/* The members that are structs too, and their types' names in messages. */
static const struct {
    const char *key, *type;
} sections[] = {
    {"State", "docker.State"},
    {"Config", "*docker.Config"},
    {"HostConfig", "*docker.HostConfig"},
    {"NetworkSettings", "*docker.NetworkSettings"},
};

static void set(struct tmpl_arena *a, struct tmpl_map *m, const char *key, struct tmpl_value value)
{
    size_t len = strlen(key);

    tmpl_map_set(a, m, tmpl_str(tmpl_copy(a, key, len), len), value);
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
        if (!strcmp(key, spellings[i].docker))
            tmpl_map_set(a, m, tmpl_cstr(spellings[i].go), value);
}

static int fill(struct tmpl_arena *a, struct tmpl_map *m, json_t *object, struct err **err)
{
    struct tmpl_value value;
    const char *key;
    json_t *member;

    json_object_foreach(object, key, member) {
        if (tmpl_from_json(a, member, true, &value, err))
            return -1;
        set(a, m, key, value);
    }
    return 0;
}

/* Docker writes null where there are none. */
static void set_config_defaults(struct tmpl_arena *a, struct tmpl_map *config)
{
    const struct tmpl_value *env = tmpl_map_gets(config, "Env");
    const struct tmpl_value *labels = tmpl_map_gets(config, "Labels");
    struct tmpl_list *list = env && env->kind == TMPL_LIST ? env->list : tmpl_list_new(a, 0);
    struct tmpl_map *map = labels && labels->kind == TMPL_MAP ? labels->map : tmpl_map_new(a);

    list->elem = map->elem = TMPL_STRING;
    tmpl_map_set(a, config, tmpl_cstr("Env"), tmpl_list_value(list));
    tmpl_map_set(a, config, tmpl_cstr("Labels"), tmpl_map_value(map));
}

/* Since API 1.52 Docker tells the address on the default bridge only among the networks. */
static void set_address(struct tmpl_arena *a, struct tmpl_map *settings, const json_t *doc)
{
    const char *addr = json_str(json_obj(json_obj(doc, "Networks"), "bridge"), "IPAddress");

    if (tmpl_map_gets(settings, "IPAddress"))
        return;
    addr = addr ? addr : "";
    size_t len = strlen(addr);
    tmpl_map_set(a, settings, tmpl_cstr("IPAddress"), tmpl_str(tmpl_copy(a, addr, len), len));
}

int inspect_value(struct tmpl_arena *a, json_t *doc, struct tmpl_value *ret, struct err **err)
{
    struct tmpl_map *top = tmpl_struct_new(a, "*docker.Container");

    if (fill(a, top, doc, err))
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        json_t *object = json_obj(doc, sections[i].key);
        struct tmpl_map *section = tmpl_struct_new(a, sections[i].type);

        if (fill(a, section, object, err))
            return -1;
        if (!strcmp(sections[i].key, "Config"))
            set_config_defaults(a, section);
        if (!strcmp(sections[i].key, "NetworkSettings"))
            set_address(a, section, object);
        tmpl_map_set(a, top, tmpl_cstr(sections[i].key), tmpl_map_value(section));
    }
    *ret = tmpl_map_value(top);
    return 0;
}
