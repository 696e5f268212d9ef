#include "registrator/vmkey.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipaddr.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/dubbo_want.h"
#include "registrator/lbtuning.h"
#include "registrator/meta.h"
#include "registrator/metadata.h"
#include "registrator/text.h"
#include "registrator/vmfile.h"
#include "registrator/vmnode.h"

#define HOST_MAX 253 /* bytes of a host name (RFC 1035) */
#define TAGS_MAX 64
#define TAG_MAX 512 /* bytes */
#define META_PREFIX "meta."
#define HTTP_PREFIX "http "
#define DUBBO_PREFIX META_DUBBO "_"

struct key {
    const char *name;
    int (*set)(struct vm_service *s, const char *value, struct err **err);
    bool is_list;
};

static int set_address(struct vm_service *s, const char *value, struct err **err);
static int set_port(struct vm_service *s, const char *value, struct err **err);
static int set_protocol(struct vm_service *s, const char *value, struct err **err);
static int set_service_port(struct vm_service *s, const char *value, struct err **err);
static int set_vhost(struct vm_service *s, const char *value, struct err **err);
static int set_mode(struct vm_service *s, const char *value, struct err **err);
static int set_tags(struct vm_service *s, const char *value, struct err **err);
static int set_weight(struct vm_service *s, const char *value, struct err **err);
static int set_check(struct vm_service *s, const char *value, struct err **err);
static int set_check_port(struct vm_service *s, const char *value, struct err **err);
static int set_interval(struct vm_service *s, const char *value, struct err **err);
static int set_timeout(struct vm_service *s, const char *value, struct err **err);
static int set_rise(struct vm_service *s, const char *value, struct err **err);
static int set_fall(struct vm_service *s, const char *value, struct err **err);
static int set_dubbo(struct vm_service *s, const char *key, const char *value, struct err **err);
static int set_tuning(struct vm_service *s, const char *key, const char *value, struct err **err);
static int set_meta(struct vm_service *s, const char *key, const char *value, struct err **err);
static int unknown(const char *key, struct err **err);
static int read_number(const char *value, unsigned min, unsigned max, unsigned *ret,
                       struct err **err);
static int read_seconds(const char *value, double *ret, struct err **err);
static int read_port(const char *value, uint16_t *ret, struct err **err);
static bool is_host(const char *name);
static int add_items(struct strv *ret, const char *value, size_t max,
                     int (*check)(const char *item, struct err **err), struct err **err);
static int check_address(const char *item, struct err **err);
static int check_vhost(const char *item, struct err **err);

static const struct key keys[] = {
    {"address", set_address, true},
    {"port", set_port, false},
    {"protocol", set_protocol, false},
    {"service_port", set_service_port, false},
    {"vhost", set_vhost, false},
    {"mode", set_mode, false},
    {"tags", set_tags, true},
    {"weight", set_weight, false},
    {"check", set_check, false},
    {"check_port", set_check_port, false},
    {"check_interval", set_interval, false},
    {"check_timeout", set_timeout, false},
    {"check_rise", set_rise, false},
    {"check_fall", set_fall, false},
};

static const struct key *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(keys[i].name, name))
            return &keys[i];
    return NULL;
}

int vm_key_set(struct vm_service *s, const char *key, const char *value, struct err **err)
{
    const struct key *k = find(key);
    int status;

    if (k)
        status = k->set(s, value, err);
    else if (!strncmp(key, META_PREFIX, strlen(META_PREFIX)))
        status = set_meta(s, key + strlen(META_PREFIX), value, err);
    else if (lbtuning_is_key(key))
        status = set_tuning(s, key, value, err);
    else if (!strcmp(key, META_DUBBO) || !strncmp(key, DUBBO_PREFIX, strlen(DUBBO_PREFIX)))
        status = set_dubbo(s, key, value, err);
    else
        return unknown(key, err);
    if (!status)
        return 0;
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;
    text_add_shown(&shown, value);
    return err_wrap(err, "%s = %s", key, sbuf_str(&shown));
}

bool vm_key_is_list(const char *key)
{
    const struct key *k = find(key);

    return (k && k->is_list) || !strcmp(key, META_DUBBO);
}

int vm_key_check_whole(const struct vm_service *s, struct err **err)
{
    if (!s->addresses.n)
        return err_set(err, "[%s] has no address; say address = 192.0.2.10", s->name);
    if (!s->port)
        return err_set(err, "[%s] has no port; say port = 8080", s->name);
    if (kvs_get(&s->meta, META_DUBBO) && s->protocol != IPPROTO_TCP)
        return err_set(err, "[%s] is UDP, and Dubbo is not; leave one out", s->name);
    if (s->protocol == IPPROTO_UDP && s->check.type != VM_CHECK_NONE && !s->check.port)
        return err_set(err,
                       "[%s] is UDP, which cannot be checked by connecting; say check = none, or "
                       "the check_port of something that answers on TCP",
                       s->name);
    return 0;
}

static int set_address(struct vm_service *s, const char *value, struct err **err)
{
    if (add_items(&s->addresses, value, VMFILE_ADDRESSES_MAX, check_address, err))
        return -1;
    return s->addresses.n ? 0 : err_set(err, "it must be an IP address or a host name");
}

static int set_port(struct vm_service *s, const char *value, struct err **err)
{
    return read_port(value, &s->port, err);
}

static int set_protocol(struct vm_service *s, const char *value, struct err **err)
{
    if (strcmp(value, "tcp") && strcmp(value, "udp"))
        return err_set(err, "it must be tcp or udp");
    s->protocol = *value == 't' ? IPPROTO_TCP : IPPROTO_UDP;
    return 0;
}

static int set_service_port(struct vm_service *s, const char *value, struct err **err)
{
    return read_port(value, &s->service_port, err);
}

static int set_vhost(struct vm_service *s, const char *value, struct err **err)
{
    CLEAN(free_str) char *lower = xstrdup(value);
    struct strv hosts = {0};

    for (char *p = lower; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    int status = add_items(&hosts, lower, META_VALUE_MAX, check_vhost, err);
    if (!status && hosts.n)
        s->vhost = strv_join(&hosts, ",");
    if (!status && s->vhost && strlen(s->vhost) > META_VALUE_MAX)
        status = err_set(err, "the list may have %d bytes", META_VALUE_MAX);
    strv_done(&hosts);
    return status;
}

static int set_mode(struct vm_service *s, const char *value, struct err **err)
{
    if (strcmp(value, "http") && strcmp(value, "tcp"))
        return err_set(err, "it must be http or tcp");
    s->mode = xstrdup(value);
    return 0;
}

static int set_tags(struct vm_service *s, const char *value, struct err **err)
{
    metadata_split_tags(value, &s->tags);
    for (size_t i = 0; i < s->tags.n; i++)
        if (strlen(s->tags.v[i]) > TAG_MAX || !text_is_clean(s->tags.v[i]))
            return err_set(err, "a tag is UTF-8 of at most %d bytes", TAG_MAX);
    return s->tags.n <= TAGS_MAX ? 0 : err_set(err, "a service has at most %d tags", TAGS_MAX);
}

static int set_weight(struct vm_service *s, const char *value, struct err **err)
{
    return read_number(value, 1, 256, &s->weight, err);
}

static int set_check(struct vm_service *s, const char *value, struct err **err)
{
    const char *path = value + strlen(HTTP_PREFIX);

    if (!strcmp(value, "none") || !strcmp(value, "tcp")) {
        s->check.type = *value == 'n' ? VM_CHECK_NONE : VM_CHECK_TCP;
        return 0;
    }
    if (strncmp(value, HTTP_PREFIX, strlen(HTTP_PREFIX)))
        return err_set(err, "it must be none, tcp or http followed by a path, as in http /health");
    path += strspn(path, " \t");
    for (const char *p = path; *p; p++)
        if (*p <= ' ' || *p >= 0x7f)
            return err_set(err, "the path may have no blanks and no bytes beyond ASCII; escape "
                                "them as %%20");
    if (*path != '/')
        return err_set(err, "the path begins with '/', as in http /health");
    s->check.type = VM_CHECK_HTTP;
    s->check.path = xstrdup(path);
    return 0;
}

static int set_check_port(struct vm_service *s, const char *value, struct err **err)
{
    return read_port(value, &s->check.port, err);
}

static int set_interval(struct vm_service *s, const char *value, struct err **err)
{
    return read_seconds(value, &s->check.interval, err);
}

static int set_timeout(struct vm_service *s, const char *value, struct err **err)
{
    return read_seconds(value, &s->check.timeout, err);
}

static int set_rise(struct vm_service *s, const char *value, struct err **err)
{
    return read_number(value, 1, 100, &s->check.rise, err);
}

static int set_fall(struct vm_service *s, const char *value, struct err **err)
{
    return read_number(value, 1, 100, &s->check.fall, err);
}

/* What a file says of Dubbo travels as Meta: whoever has the instance can make its URLs. */
static int set_dubbo(struct vm_service *s, const char *key, const char *value, struct err **err)
{
    if (s->meta.n >= META_PAIRS_MAX - VM_NODE_OWN_META)
        return err_set(err, "a service has at most %d pairs of Meta",
                       META_PAIRS_MAX - VM_NODE_OWN_META);
    return dubbo_want_key(&s->meta, key, value, err);
}

/* The load balancer reads it of each instance. */
static int set_tuning(struct vm_service *s, const char *key, const char *value, struct err **err)
{
    if (s->meta.n >= META_PAIRS_MAX - VM_NODE_OWN_META)
        return err_set(err, "a service has at most %d pairs of Meta",
                       META_PAIRS_MAX - VM_NODE_OWN_META);
    return lbtuning_set(&s->meta, key, value, err);
}

/* The pairs of vm_node_meta() need room, too. */
static int set_meta(struct vm_service *s, const char *key, const char *value, struct err **err)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "_-";
    size_t len = strlen(key);

    if (!len || len > META_KEY_MAX || strspn(key, allowed) != len)
        return err_set(err, "the key behind 'meta.' has letters, digits, '-' and '_', at most %d",
                       META_KEY_MAX);
    if (vm_node_is_own_meta(key))
        return err_set(err, "'%s' there is berth's own; choose another name", key);
    if (strlen(value) > META_VALUE_MAX || !text_is_clean(value))
        return err_set(err, "the value is UTF-8 of at most %d bytes", META_VALUE_MAX);
    if (kvs_get(&s->meta, key))
        return err_set(err, "another key says it, too; remove one");
    if (s->meta.n >= META_PAIRS_MAX - VM_NODE_OWN_META)
        return err_set(err, "a service has at most %d of them", META_PAIRS_MAX - VM_NODE_OWN_META);
    kvs_add(&s->meta, key, value);
    return 0;
}

static int unknown(const char *key, struct err **err)
{
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;
    struct strv known = {0};

    text_add_shown(&shown, key);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        strv_add(&known, keys[i].name);
    CLEAN(free_str) char *list = strv_join(&known, " ");
    strv_done(&known);
    return err_set(err,
                   "there is no key %s; there are: %s balance sticky check_path accept_proxy "
                   "send_proxy dubbo dubbo_methods dubbo_weight dubbo_protocol dubbo_application "
                   "dubbo_params meta.<key>",
                   sbuf_str(&shown), list);
}

static int read_number(const char *value, unsigned min, unsigned max, unsigned *ret,
                       struct err **err)
{
    char *end;

    errno = 0;
    unsigned long n = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)*value) || errno || *end || n < min || n > max)
        return err_set(err, "it must be a whole number from %u to %u", min, max);
    *ret = (unsigned)n;
    return 0;
}

static int read_seconds(const char *value, double *ret, struct err **err)
{
    char *end;
    double n = strtod(value, &end);

    if (!isdigit((unsigned char)*value) || *end || !(n >= .1 && n <= 3600.))
        return err_set(err, "it must be a number of seconds from 0.1 to 3600");
    *ret = n;
    return 0;
}

static int read_port(const char *value, uint16_t *ret, struct err **err)
{
    return text_port(value, ret) ? err_set(err, "it must be a port from 1 to 65535") : 0;
}

static bool is_host(const char *name)
{
    size_t len = strlen(name);

    return len && len <= HOST_MAX && *name != '.' && *name != '-' && !strstr(name, "..") &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == len;
}

/* Adds the items of the comma list 'value' that are new, at most 'max' in all. */
static int add_items(struct strv *ret, const char *value, size_t max,
                     int (*check)(const char *item, struct err **err), struct err **err)
{
    for (const char *p = value; *p;) {
        size_t len = strcspn(p, ","), start = strspn(p, " \t");

        start = start < len ? start : len;
        CLEAN(free_str) char *item = xstrndup(p + start, len - start);
        for (size_t end = strlen(item); end && isspace((unsigned char)item[end - 1]); end--)
            item[end - 1] = '\0';
        p += len + (p[len] == ',');
        if (!*item || strv_contains(ret, item))
            continue;
        if (check(item, err))
            return -1;
        if (ret->n >= max)
            return err_set(err, "there may be %zu of them", max);
        strv_add(ret, item);
    }
    return 0;
}

static int check_address(const char *item, struct err **err)
{
    struct ipaddr a;
    size_t digits = strspn(item, "0123456789.");

    if (!ipaddr_parse(item, &a))
        return ipaddr_is_any(&a) ? err_set(err, "nobody can dial this address; use the machine's")
                                 : 0;
    if (is_host(item) && item[digits])
        return 0;
    return err_set(err, "it must be an IP address without a port, or a host name");
}

static int check_vhost(const char *item, struct err **err)
{
    if (*item == '*')
        return err_set(err, "wildcards are not supported, list the host names");
    return is_host(item) ? 0 : err_set(err, "use host names of letters, digits, '.', '-' and '_'");
}
