#include "registrator/probe_labels.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/text.h"

#define INTERVAL_DEFAULT "10s" /* registrator's */
#define VALUE_MAX 1024         /* bytes of a path or a script */
#define NUMBER_MAX 4           /* digits of <n> */
#define SECONDS_MAX 1e7        /* 115 days */

/* One check on its way from labels to a probe. */
struct reading {
    const struct source *s;
    const struct instance *i;
    const char *prefix; /* "check_" or "check_<n>_" */
    struct probe *probe;
};

static void read_check(const struct source *s, struct instance *i, const char *prefix);
static bool read_kind(const struct reading *r);
static bool read_http(const struct reading *r, const char *value);
static bool read_https(const struct reading *r, const char *value);
static bool read_cmd(const struct reading *r, const char *value);
static bool read_script(const struct reading *r, const char *value);
static bool read_ttl(const struct reading *r, const char *value);
static bool read_tcp(const struct reading *r, const char *value);
static bool read_grpc(const struct reading *r, const char *value);
static void set_url(const struct reading *r, const char *scheme, const char *path);
static void set_method(const struct reading *r, const char *name);
static void set_time(const struct reading *r, enum probe_field field, const char *name);
static void set_flag(const struct reading *r, enum probe_field field, const char *name);
static void set_status(const struct reading *r);
static void set_id(const struct reading *r, size_t position);
static char *with_place(const struct reading *r, const char *script);
static char *place_of(const struct instance *i);
static const char *get(const struct reading *r, const char *name);
static void report(const struct reading *r, const char *name, const char *remedy);
static bool is_usable(const char *value);
static bool is_time(const char *value);
static double unit_seconds(const char *s, size_t *ret_len);

void probes_from_source(const struct source *s, struct instance *i)
{
    const size_t len = sizeof PROBE_LABELS_PREFIX - 1;
    char last[sizeof PROBE_LABELS_PREFIX + NUMBER_MAX + 1] = "";

    read_check(s, i, PROBE_LABELS_PREFIX);
    for (size_t k = 0; k < s->attrs.v.n; k++) {
        const char *key = s->attrs.v.v[k].key;
        size_t digits =
            strncmp(key, PROBE_LABELS_PREFIX, len) ? 0 : strspn(key + len, "0123456789");

        if (!digits || digits > NUMBER_MAX || key[len + digits] != '_' ||
            !strncmp(key, last, len + digits + 1))
            continue;
        memcpy(last, key, len + digits + 1);
        last[len + digits + 1] = '\0';
        read_check(s, i, last);
    }
}

/* Adds the check whose keys begin with 'prefix', where there is one. */
static void read_check(const struct source *s, struct instance *i, const char *prefix)
{
    struct reading r = {.s = s, .i = i, .prefix = prefix, .probe = probes_add(&i->probes)};

    if (!read_kind(&r)) {
        probes_drop(&i->probes);
        return;
    }
    if (i->probes.n > PROBES_MAX) {
        problems_add(s->problems, s->subject, "a check is left out; use at most %d for a port",
                     PROBES_MAX);
        probes_drop(&i->probes);
        return;
    }
    set_id(&r, i->probes.n);
    set_status(&r);
    set_time(&r, PROBE_DEREGISTER_AFTER, "deregister_after");
    if (r.probe->field[PROBE_TTL])
        return;
    set_time(&r, PROBE_INTERVAL, "interval");
    if (!r.probe->field[PROBE_INTERVAL])
        probe_set(r.probe, PROBE_INTERVAL, INTERVAL_DEFAULT);
}

/* False where no kind is said, or it cannot be used. */
static bool read_kind(const struct reading *r)
{
    static const struct {
        const char *name;
        bool (*read)(const struct reading *r, const char *value);
    } kinds[] = {
        {"http", read_http}, {"https", read_https}, {"cmd", read_cmd},   {"script", read_script},
        {"ttl", read_ttl},   {"tcp", read_tcp},     {"grpc", read_grpc},
    };

    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        const char *value = get(r, kinds[k].name);

        if (!value)
            continue;
        if (is_usable(value))
            return kinds[k].read(r, value);
        report(r, kinds[k].name, "use at most 1024 bytes of UTF-8 without control characters");
        return false;
    }
    return false;
}

static bool read_http(const struct reading *r, const char *value)
{
    set_url(r, "http", value);
    set_method(r, "http_method");
    set_time(r, PROBE_TIMEOUT, "timeout");
    return true;
}

/* registrator has no way to skip the verification here; its key for gRPC serves both. */
static bool read_https(const struct reading *r, const char *value)
{
    set_url(r, "https", value);
    set_method(r, "https_method");
    set_time(r, PROBE_TIMEOUT, "timeout");
    if (!r->s->config->strict)
        set_flag(r, PROBE_TLS_SKIP_VERIFY, "tls_skip_verify");
    return true;
}

/* check-cmd is a helper of the progrium/consul image: it runs the command in the container. */
static bool read_cmd(const struct reading *r, const char *value)
{
    struct strv *args = &r->probe->args;

    strv_add(args, "check-cmd");
    strv_addn(args, r->s->e->container_id, CONTAINER_ID_SHORT);
    strv_add_take(args, xasprintf("%u", r->s->e->container_port));
    strv_add(args, value);
    return true;
}

/* registrator hands the whole text to Consul as the name of a program, so that its own examples
 * do not run; a shell makes them work. */
static bool read_script(const struct reading *r, const char *value)
{
    struct strv *args = &r->probe->args;

    if (!r->s->config->strict) {
        strv_add(args, "/bin/sh");
        strv_add(args, "-c");
    }
    strv_add_take(args, with_place(r, value));
    return true;
}

static bool read_ttl(const struct reading *r, const char *value)
{
    (void)value;
    set_time(r, PROBE_TTL, "ttl");
    return r->probe->field[PROBE_TTL];
}

static bool read_tcp(const struct reading *r, const char *value)
{
    CLEAN(free_str) char *place = place_of(r->i);

    (void)value;
    probe_set(r->probe, PROBE_TCP, place);
    set_time(r, PROBE_TIMEOUT, "timeout");
    return true;
}

static bool read_grpc(const struct reading *r, const char *value)
{
    CLEAN(free_str) char *place = place_of(r->i);

    (void)value;
    probe_set(r->probe, PROBE_GRPC, place);
    set_time(r, PROBE_TIMEOUT, "timeout");
    set_flag(r, PROBE_GRPC_USE_TLS, "grpc_use_tls");
    if (r->probe->field[PROBE_GRPC_USE_TLS])
        set_flag(r, PROBE_TLS_SKIP_VERIFY, "tls_skip_verify");
    return true;
}

static void set_url(const struct reading *r, const char *scheme, const char *path)
{
    CLEAN(free_str) char *place = place_of(r->i);
    CLEAN(free_str)
    char *url = xasprintf("%s://%s%s%s", scheme, place, *path == '/' ? "" : "/", path);

    probe_set(r->probe, PROBE_HTTP, url);
}

static void set_method(const struct reading *r, const char *name)
{
    const char *value = get(r, name);
    const char *p = value;

    while (p && isalpha((unsigned char)*p))
        p++;
    if (value && *p)
        report(r, name, "use an HTTP method, such as GET or HEAD");
    else if (value)
        probe_set(r->probe, PROBE_METHOD, value);
}

static void set_time(const struct reading *r, enum probe_field field, const char *name)
{
    const char *value = get(r, name);

    if (value && !is_time(value))
        report(r, name, "use a time with its unit, such as 10s, 500ms or 1m30s");
    else if (value)
        probe_set(r->probe, field, value);
}

/* Any value means yes, as in registrator. */
static void set_flag(const struct reading *r, enum probe_field field, const char *name)
{
    if (get(r, name))
        probe_set(r->probe, field, "yes");
}

static void set_status(const struct reading *r)
{
    const char *value = get(r, "initial_status");

    if (!value)
        return;
    if (!strcmp(value, "passing") || !strcmp(value, "warning") || !strcmp(value, "critical"))
        probe_set(r->probe, PROBE_STATUS, value);
    else
        report(r, "initial_status", "use passing, warning or critical");
}

/* The first one has the id that Consul gives to a single check. */
static void set_id(const struct reading *r, size_t position)
{
    CLEAN(free_str)
    char *id = position == 1 ? xasprintf("service:%s", r->i->id)
                             : xasprintf("service:%s:%zu", r->i->id, position);

    probe_set(r->probe, PROBE_ID, id);
}

/* 'script' with $SERVICE_IP and $SERVICE_PORT replaced. */
static char *with_place(const struct reading *r, const char *script)
{
    static const char ip[] = "$SERVICE_IP", port[] = "$SERVICE_PORT";
    struct sbuf b = SBUF_INIT;

    while (*script) {
        if (!strncmp(script, ip, sizeof ip - 1)) {
            sbuf_adds(&b, r->i->address);
            script += sizeof ip - 1;
        } else if (!strncmp(script, port, sizeof port - 1)) {
            sbuf_addf(&b, "%u", r->i->port);
            script += sizeof port - 1;
        } else {
            sbuf_addch(&b, *script++);
        }
    }
    return sbuf_take(&b);
}

/* Brackets around IPv6, where registrator's check has none and fails. */
static char *place_of(const struct instance *i)
{
    bool is_ipv6 = strchr(i->address, ':');

    return xasprintf("%s%s%s:%u", is_ipv6 ? "[" : "", i->address, is_ipv6 ? "]" : "", i->port);
}

static const char *get(const struct reading *r, const char *name)
{
    CLEAN(free_str) char *key = xasprintf("%s%s", r->prefix, name);

    return attrs_get(&r->s->attrs, key);
}

static void report(const struct reading *r, const char *name, const char *remedy)
{
    CLEAN(free_str) char *key = xasprintf("%s%s", r->prefix, name);
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    attrs_add_label(&text, &r->s->attrs, key);
    sbuf_addch(&text, '=');
    text_add_shown(&text, attrs_get(&r->s->attrs, key));
    problems_add(r->s->problems, r->s->subject, "%s is ignored; %s", sbuf_str(&text), remedy);
}

static bool is_usable(const char *value)
{
    return strlen(value) <= VALUE_MAX && text_is_clean(value);
}

/* Is it a time that Go's time.ParseDuration() takes, and more than none? */
static bool is_time(const char *value)
{
    double seconds = 0.;

    if (!*value)
        return false;
    while (*value) {
        size_t whole = strspn(value, "0123456789"), unit;
        size_t fraction = value[whole] == '.' ? 1 + strspn(value + whole + 1, "0123456789") : 0;
        double factor = unit_seconds(value + whole + fraction, &unit);

        if (!whole || factor == 0.)
            return false;
        seconds += strtod(value, NULL) * factor;
        value += whole + fraction + unit;
    }
    return seconds > 0. && seconds <= SECONDS_MAX;
}

/* The unit that 's' begins with; 0 for none. */
static double unit_seconds(const char *s, size_t *ret_len)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1.}, {"m", 60.}, {"h", 3600.}};

    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        *ret_len = strlen(units[i].name);
        if (!strncmp(s, units[i].name, *ret_len))
            return units[i].seconds;
    }
    return 0.;
}
