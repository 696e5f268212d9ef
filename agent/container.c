#include "agent/container.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "agent/said_ports.h"
#include "lib/json.h"
#include "lib/marathon_env.h"
#include "lib/trace.h"
#include "lib/xmalloc.h"

static void read_state(struct container *c, const json_t *doc);
static void read_network_mode(struct container *c, const json_t *doc);
static void read_networks(struct container *c, const json_t *doc);
static void read_env(struct container *c, const json_t *doc);
static void read_labels(struct container *c, const json_t *doc);
static void read_ports(struct container *c, const json_t *doc);

struct container *container_from_json(const json_t *doc, struct err **err)
{
    const char *id = json_str(doc, "Id"), *name = json_str(doc, "Name");
    const char *image = json_str(json_obj(doc, "Config"), "Image");

    if (!id || !container_id_valid(id)) {
        err_set(err, "the inspect document has no valid Id");
        return NULL;
    }
    if (!name || !name[name[0] == '/'] || !json_obj(doc, "State") || !json_obj(doc, "Config") ||
        !json_obj(doc, "HostConfig") || !json_obj(doc, "NetworkSettings")) {
        err_set(err, "the inspect document lacks Name, State, Config, HostConfig or "
                     "NetworkSettings");
        return NULL;
    }
    struct container *c = xcalloc(1, sizeof *c);
    memcpy(c->id, id, CONTAINER_ID_LEN + 1);
    c->name = xstrdup(name + (name[0] == '/'));
    c->image = xstrdup(image ? image : "");
    read_state(c, doc);
    read_network_mode(c, doc);
    read_networks(c, doc);
    read_env(c, doc);
    read_labels(c, doc);
    read_ports(c, doc);
    return c;
}

void container_free(struct container *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_networks; i++) {
        free(c->networks[i].name);
        free(c->networks[i].id);
    }
    free(c->networks);
    free(c->ports);
    free(c->name);
    free(c->image);
    free(c->peer);
    kvs_done(&c->env);
    kvs_done(&c->labels);
    strv_done(&c->tags);
    free(c->tags_why);
    free(c);
}

void container_keep_label(struct container *c, const json_t *doc, const char *key)
{
    const char *value = json_str(json_obj(json_obj(doc, "Config"), "Labels"), key);

    if (!value || strlen(value) > CONTAINER_VALUE_MAX || kvs_get(&c->labels, key))
        return;
    kvs_add(&c->labels, key, value);
    kvs_sort(&c->labels);
}

bool container_failed(const struct container *c)
{
    return c->ended && c->exit_code && !(c->exit_code & 128);
}

bool container_id_valid(const char *id)
{
    return strspn(id, "0123456789abcdef") == CONTAINER_ID_LEN && !id[CONTAINER_ID_LEN];
}

double docker_time_parse(const char *text)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

    if (!rest)
        return 0.;
    char *end;
    double fraction = *rest == '.' ? strtod(rest, &end) : 0.;
    double seconds = (double)timegm(&tm) + fraction;
    return seconds > 0. ? seconds : 0.;
}

int signal_parse(const char *text)
{
    static const struct {
        const char *name;
        int number;
    } names[] = {{"HUP", SIGHUP},     {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"KILL", SIGKILL},
                 {"USR1", SIGUSR1},   {"USR2", SIGUSR2}, {"TERM", SIGTERM}, {"STOP", SIGSTOP},
                 {"WINCH", SIGWINCH}, {"PWR", SIGPWR},   {"ABRT", SIGABRT}, {"CONT", SIGCONT}};
    char *end;
    long number = strtol(text, &end, 10);

    if (end != text && !*end)
        return number > 0 && number < NSIG ? (int)number : -1;
    if (!strncasecmp(text, "SIG", 3))
        text += 3;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!strcasecmp(text, names[i].name))
            return names[i].number;
    /* SIGRTMIN+3 is systemd's way to be asked to halt. */
    if (!strncasecmp(text, "RTMIN+", 6)) {
        number = strtol(text + 6, &end, 10);
        return !*end && number >= 0 && SIGRTMIN + number <= SIGRTMAX ? SIGRTMIN + (int)number : -1;
    }
    return -1;
}

/* Docker says "none" where HEALTHCHECK NONE was said; words of the future count as none, too. */
static enum endpoint_health read_health(const json_t *health)
{
    const char *status = json_str(health, "Status");

    if (!status)
        return HEALTH_NONE;
    if (!strcmp(status, "starting"))
        return HEALTH_STARTING;
    if (!strcmp(status, "healthy"))
        return HEALTH_HEALTHY;
    return strcmp(status, "unhealthy") ? HEALTH_NONE : HEALTH_UNHEALTHY;
}

static void read_state(struct container *c, const json_t *doc)
{
    const json_t *state = json_obj(doc, "State");
    const char *started = json_str(state, "StartedAt"), *status = json_str(state, "Status");
    const char *stop_signal = json_str(json_obj(doc, "Config"), "StopSignal");

    c->running = json_is_true(json_object_get(state, "Running"));
    c->ended = status && (!strcmp(status, "exited") || !strcmp(status, "dead"));
    c->exit_code = (int)json_integer_value(json_object_get(state, "ExitCode"));
    c->paused = json_is_true(json_object_get(state, "Paused"));
    c->health = read_health(json_obj(state, "Health"));
    c->started = started ? docker_time_parse(started) : 0.;
    c->trace = trace_of_run(c->id, c->started);
    c->stop_signal = stop_signal ? signal_parse(stop_signal) : SIGTERM;
    if (c->stop_signal < 0)
        c->stop_signal = SIGTERM;
}

static void read_network_mode(struct container *c, const json_t *doc)
{
    const char *mode = json_str(json_obj(doc, "HostConfig"), "NetworkMode");

    if (!mode)
        mode = "";
    if (!strcmp(mode, "host")) {
        c->mode = NETWORK_HOST;
    } else if (!strcmp(mode, "none")) {
        c->mode = NETWORK_NONE;
    } else if (!strncmp(mode, "container:", 10) && mode[10]) {
        c->mode = NETWORK_CONTAINER;
        c->peer = xstrdup(mode + 10);
    }
}

static int compare_networks(const void *a, const void *b)
{
    const struct container_network *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static void read_address(const json_t *network, const char *key, struct ipaddr *ret)
{
    const char *text = json_str(network, key);

    if (text && ipaddr_parse(text, ret))
        *ret = (struct ipaddr){0};
}

static void read_networks(struct container *c, const json_t *doc)
{
    json_t *networks = json_obj(json_obj(doc, "NetworkSettings"), "Networks"), *network;
    const char *name, *id;

    c->networks = xcalloc(CONTAINER_NETWORKS_MAX, sizeof *c->networks);
    json_object_foreach(networks, name, network) {
        if (c->n_networks == CONTAINER_NETWORKS_MAX)
            break;
        struct container_network *n = &c->networks[c->n_networks++];
        n->name = xstrdup(name);
        id = json_str(network, "NetworkID");
        n->id = xstrdup(id ? id : "");
        read_address(network, "IPAddress", &n->addr);
        read_address(network, "GlobalIPv6Address", &n->addr6);
    }
    c->networks = xreallocarray(c->networks, c->n_networks, sizeof *c->networks);
    qsort(c->networks, c->n_networks, sizeof *c->networks, compare_networks);
}

/* Reads 1..65535 up to 'end'; 0 for anything else. */
static uint16_t parse_port(const char *text, const char *end)
{
    unsigned long n = 0;

    if (text == end || end - text > 5)
        return 0;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        n = n * 10 + (unsigned long)(*text - '0');
    }
    return n <= 65535 ? (uint16_t)n : 0;
}

/* Reads Docker's "80/tcp". Returns 0, or -1. */
static int parse_port_key(const char *key, struct container_port *ret)
{
    const char *slash = strchr(key, '/');
    uint16_t port = slash ? parse_port(key, slash) : 0;

    if (!port)
        return -1;
    *ret = (struct container_port){.port = port};
    if (!strcmp(slash, "/tcp"))
        ret->protocol = IPPROTO_TCP;
    else if (!strcmp(slash, "/udp"))
        ret->protocol = IPPROTO_UDP;
    else if (!strcmp(slash, "/sctp"))
        ret->protocol = IPPROTO_SCTP;
    else
        return -1;
    return 0;
}

static void add_port(struct container *c, const struct container_port *port)
{
    if (c->n_ports < CONTAINER_PORTS_MAX)
        c->ports[c->n_ports++] = *port;
}

static bool has_port(const struct container *c, const struct container_port *port)
{
    for (size_t i = 0; i < c->n_ports; i++)
        if (c->ports[i].port == port->port && c->ports[i].protocol == port->protocol)
            return true;
    return false;
}

/* The bindings that are in force. A port without one is exposed only. */
static void read_bindings(struct container *c, const char *key, json_t *bindings)
{
    struct container_port port;
    json_t *binding;
    size_t i;

    if (parse_port_key(key, &port))
        return;
    json_array_foreach(bindings, i, binding) {
        const char *addr = json_str(binding, "HostIp"), *host_port = json_str(binding, "HostPort");

        port.host_addr = ipaddr_any4();
        port.host_port = host_port ? parse_port(host_port, host_port + strlen(host_port)) : 0;
        if (port.host_port && (!addr || !*addr || !ipaddr_parse(addr, &port.host_addr)))
            add_port(c, &port);
    }
    port.host_port = 0;
    port.host_addr = (struct ipaddr){0};
    if (!has_port(c, &port))
        add_port(c, &port);
}

static int compare_ports(const void *a, const void *b)
{
    const struct container_port *x = a, *y = b;

    if (x->port != y->port)
        return x->port < y->port ? -1 : 1;
    if (x->protocol != y->protocol)
        return x->protocol < y->protocol ? -1 : 1;
    int order = ipaddr_cmp(&x->host_addr, &y->host_addr);
    return order ? order : (x->host_port > y->host_port) - (x->host_port < y->host_port);
}

/* A port that is named in the labels or by Mesos counts as exposed. */
static void add_said_ports(struct container *c)
{
    struct service_ports said = {0};

    said_ports_read(c, &said);
    for (size_t i = 0; i < said.n; i++) {
        struct container_port port = {.protocol = said.v[i].protocol, .port = said.v[i].port};

        if (!has_port(c, &port))
            add_port(c, &port);
    }
    service_ports_done(&said);
}

static void read_ports(struct container *c, const json_t *doc)
{
    json_t *ports = json_obj(json_obj(doc, "NetworkSettings"), "Ports"), *value;
    json_t *exposed = json_obj(json_obj(doc, "Config"), "ExposedPorts");
    struct container_port port;
    const char *key;

    c->ports = xcalloc(CONTAINER_PORTS_MAX, sizeof *c->ports);
    json_object_foreach(ports, key, value)
        read_bindings(c, key, value);
    json_object_foreach(exposed, key, value)
        if (!parse_port_key(key, &port) && !has_port(c, &port))
            add_port(c, &port);
    add_said_ports(c);
    c->ports = xreallocarray(c->ports, c->n_ports, sizeof *c->ports);
    qsort(c->ports, c->n_ports, sizeof *c->ports, compare_ports);
}

static bool is_relevant(const char *key)
{
    static const char *const prefixes[] = {"SERVICE_", "HAPROXY_", "MARATHON_",
                                           "MESOS_",   "PORT",     "berth."};

    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (!strncmp(key, prefixes[i], strlen(prefixes[i])))
            return true;
    return false;
}

static void keep(struct kvs *m, const char *key, const char *value)
{
    if (m->n < CONTAINER_KVS_MAX && strlen(value) <= CONTAINER_VALUE_MAX && is_relevant(key))
        kvs_add(m, key, value);
}

static void read_env(struct container *c, const json_t *doc)
{
    json_t *env = json_arr(json_obj(doc, "Config"), "Env"), *entry;
    size_t i;

    json_array_foreach(env, i, entry) {
        const char *text = json_string_value(entry);
        const char *equals = text ? strchr(text, '=') : NULL;

        if (equals) {
            CLEAN(free_str) char *key = xstrndup(text, (size_t)(equals - text));
            keep(&c->env, key, equals + 1);
        }
    }
    marathon_env_expand(&c->env);
}

static void read_labels(struct container *c, const json_t *doc)
{
    json_t *labels = json_obj(json_obj(doc, "Config"), "Labels"), *value;
    const char *key;

    json_object_foreach(labels, key, value)
        if (json_is_string(value))
            keep(&c->labels, key, json_string_value(value));
    kvs_sort(&c->labels);
}
