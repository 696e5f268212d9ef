#include "agent/host_dns.h"

#include <ev.h>
#include <string.h>

#include "lib/json.h"
#include "lib/resolver.h"
#include "lib/xmalloc.h"

static void take_address(const char *record, struct strv *ret);
static void on_answer(void *arg, const struct ipaddr *v, size_t n, double age,
                      const struct err *err);
static void add_address(struct strv *l, const struct ipaddr *address);

void host_dns_take(struct host *h, const json_t *state)
{
    json_t *name, *record;
    size_t i, k;

    json_array_foreach(json_arr(json_obj(state, "dns"), "names"), i, name) {
        const char *text = json_str(name, "name"), *standing = json_str(name, "state");

        if (!text || *text == '*' || !standing || strcmp(standing, "written") != 0)
            continue;
        json_array_foreach(json_arr(name, "records"), k, record) {
            if (json_is_string(record))
                take_address(json_string_value(record), &h->dns_live);
        }
        if (!h->dns_live.n)
            continue;
        h->dns_name = xstrdup(text);
        return;
    }
}

void host_dns_resolve(struct host *h)
{
    CLEAN(err) struct err *err = NULL;
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct resolver *resolver = resolver_new(loop, &err);

    if (resolver) {
        resolver_ask(resolver, h->dns_name, on_answer, h);
        while (!h->dns_found.n && !h->dns_lost)
            ev_run(loop, EVRUN_ONCE);
        resolver_free(resolver);
    } else {
        h->dns_lost = xstrdup(err_msg(err));
    }
    ev_loop_destroy(loop);
}

/* "300 IN A 192.0.2.1"; other types have no address at the end. */
static void take_address(const char *record, struct strv *ret)
{
    const char *last = strrchr(record, ' ');
    struct ipaddr address;

    if (last && !ipaddr_parse(last + 1, &address))
        add_address(ret, &address);
}

static void on_answer(void *arg, const struct ipaddr *v, size_t n, double age,
                      const struct err *err)
{
    struct host *h = arg;

    (void)age;
    for (size_t i = 0; i < n; i++)
        add_address(&h->dns_found, &v[i]);
    if (!h->dns_found.n)
        h->dns_lost = xstrdup(err ? err_msg(err) : "the name has no address");
}

static void add_address(struct strv *l, const struct ipaddr *address)
{
    char text[IPADDR_STRLEN];

    strv_add(l, ipaddr_format(address, text));
}
