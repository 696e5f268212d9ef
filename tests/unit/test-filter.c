/* A part of the state document. */
#include "agent/filter.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static json_t *read_state(void)
{
    CLEAN(free_str) char *text = tests_read("fixtures/state-term.json", NULL);

    return json_parse(text, strlen(text), NULL);
}

/* "port protocol" or the member 'key' of each item. */
static void add_items(const json_t *list, const char *key, struct sbuf *out)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item) {
        const char *text = json_str(item, key);
        sbuf_addf(out, "%s%s", i ? " " : "", text ? text : "-");
    }
}

static void add_ports(const json_t *state, struct sbuf *out)
{
    const json_t *container, *port;
    size_t i, k;

    json_array_foreach(json_arr(state, "containers"), i, container) {
        const char *name = json_str(container, "name");
        sbuf_addf(out, "%s%s:", i ? " " : "", name ? name : "-");
        json_array_foreach(json_arr(container, "ports"), k, port)
            sbuf_addf(out, "%s%lld", k ? "," : "",
                      json_integer_value(json_object_get(port, "port")));
    }
}

/* What is left: containers with ports; mappings; instances; machines; servers; problems. */
static char *show(const json_t *state)
{
    struct sbuf out = SBUF_INIT;
    const json_t *backend;
    size_t i;

    add_ports(state, &out);
    sbuf_addf(&out, "; %zu; ", json_array_size(json_arr(state, "mappings")));
    add_items(json_arr(state, "instances"), "id", &out);
    sbuf_adds(&out, "; ");
    add_items(json_arr(state, "machines"), "file", &out);
    sbuf_adds(&out, "; ");
    json_array_foreach(json_arr(state, "backends"), i, backend) {
        sbuf_addf(&out, "%s%s[", i ? " " : "", json_str(backend, "service"));
        add_items(json_arr(backend, "servers"), "name", &out);
        sbuf_adds(&out, "]");
    }
    sbuf_addf(&out, "; %zu+%lld", json_array_size(json_arr(state, "problems")),
              json_integer_value(json_object_get(state, "problems_left_out")));
    return sbuf_take(&out);
}

static void filtered(const struct filter *f, const char *wanted, const char *what)
{
    CLEAN(json) json_t *all = read_state();
    CLEAN(json) json_t *before = json_deep_copy(all);
    CLEAN(json) json_t *state = filter_state(all, f);
    CLEAN(free_str) char *got = show(state);

    ok(filter_is_set(f), "%s: it is a filter", what);
    is_str(got, wanted, "%s", what);
    ok(json_equal(all, before), "%s: the whole document stays as it was", what);
}

static void test_filters(void)
{
    filtered(&(struct filter){.service = "web"},
             "web-1:8080,8080; 2; node1:web-1:8080; ; web[gone:1 node1:web-1:8080:18080 "
             "node2:web-7:8080:28004]; 1+1",
             "a service: its ports only, and servers of every node");
    filtered(&(struct filter){.service = "web*"},
             "web-1:8080,8080,9090; 3; node1:web-1:8080 node1:web-1:9090; ; web[gone:1 "
             "node1:web-1:8080:18080 node2:web-7:8080:28004]; 1+1",
             "services by a pattern");
    filtered(&(struct filter){.container = "web-1"},
             "web-1:8080,8080,9090; 3; node1:web-1:8080 node1:web-1:9090; ; "
             "web[node1:web-1:8080:18080]; 1+1",
             "a container");
    filtered(&(struct filter){.container = "aaaa00000000000000000000000000000000000000000000000000"
                                           "0000000002"},
             "twice:80,80; 2; ; ; ; 0+2", "a container by its id");
    filtered(&(struct filter){.container = "db"}, "; 0; ; db; ; 0+2", "a machine by its file");
    filtered(&(struct filter){.node = "node2"},
             "; 0; ; ; api[node2:api-1:8080:28000] web[node2:web-7:8080:28004]; 0+2",
             "another node");
    filtered(&(struct filter){.service = "api", .node = "node3"},
             "; 0; ; ; api[node3:api-2:8080:28000]; 0+2", "both");
    filtered(&(struct filter){.service = "none"}, "; 0; ; ; ; 0+2", "nothing");
}

static void test_this_node(void)
{
    const struct filter f = {.node = "node1"};
    CLEAN(json) json_t *all = read_state();
    CLEAN(json) json_t *state = filter_state(all, &f);

    is_int((long long)json_array_size(json_arr(state, "containers")), 6, "this node's containers");
    is_int((long long)json_array_size(json_arr(state, "instances")), 3, "its instances");
    ok(!filter_left_nothing(state), "that is something");
}

static void test_nothing(void)
{
    const struct filter f = {.service = "none"};
    CLEAN(json) json_t *all = read_state();
    CLEAN(json) json_t *state = filter_state(all, &f);
    CLEAN(json) json_t *empty = json_object();
    CLEAN(json) json_t *of_empty = filter_state(empty, &f);

    ok(filter_left_nothing(state), "nothing is left");
    ok(filter_left_nothing(of_empty), "nor of an empty document");
    ok(!filter_is_set(&(struct filter){0}), "no filter");
}

static void names(const char *kind, const char *wanted)
{
    CLEAN(json) json_t *all = read_state();
    struct strv list = {0};

    is_int(filter_names(all, kind, &list), 0, "%s is a kind", kind);
    CLEAN(free_str) char *got = strv_join(&list, " ");
    is_str(got, wanted, "%s", kind);
    strv_done(&list);
}

static void test_names(void)
{
    struct strv list = {0};
    CLEAN(json) json_t *all = read_state();

    names("services", "api db web web-metrics");
    names("containers", "\033[2J\xe2\x80\xae"
                        "evil\a a-container-with-a-name-that-is-longer-than-most db sidecar twice "
                        "web-1");
    names("nodes", "node1 node2 node3");
    is_int(filter_names(all, "others", &list), -1, "no such kind");
}

int main(void)
{
    test_filters();
    test_this_node();
    test_nothing();
    test_names();
    return tap_done();
}
