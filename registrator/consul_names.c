#include "registrator/consul_names.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "registrator/consul_json.h"
#include "registrator/consul_query.h"
#include "registrator/guard.h"
#include "registrator/url.h"

#define AREA "consul"
#define OWN_SERVICE "consul" /* Consul's own servers are nobody's backends */
#define PATH "/v1/catalog/services"
#define PACE_EACH 1e-4 /* seconds between queries, for each service: as long as Consul needs */

struct consul_names {
    struct consul_client *client;
    struct consul_names_user user;
    struct consul_query *query;
    struct consul_query *confirm; /* asks the leader; NULL: nothing to confirm */
    bool failing;
};

static int on_answer(void *arg, const char *body, size_t len, struct err **err);
static int on_confirmed(void *arg, const char *body, size_t len, struct err **err);
static void on_error(void *arg, const struct err *err);
static int parse(const char *body, size_t len, struct strv *ret, struct err **err);
static void confirm(struct consul_names *n, size_t lost, size_t had);
static void take(struct consul_names *n, const struct strv *names);

struct consul_names *consul_names_new(struct consul_client *c, const struct consul_names_user *user)
{
    struct consul_names *n = xcalloc(1, sizeof *n);

    n->client = c;
    n->user = *user;
    n->query = consul_query_new(
        c, PATH "?stale",
        &(struct consul_query_user){.on_answer = on_answer, .on_error = on_error, .arg = n});
    return n;
}

void consul_names_free(struct consul_names *n)
{
    if (!n)
        return;
    consul_query_free(n->query);
    consul_query_free(n->confirm);
    free(n);
}

bool consul_names_is_failing(const struct consul_names *n)
{
    return n->failing;
}

bool consul_names_can_have(const char *name)
{
    return strcmp(name, OWN_SERVICE) && url_is_addressable(name);
}

static int on_answer(void *arg, const char *body, size_t len, struct err **err)
{
    struct consul_names *n = arg;
    struct strv names = {0};
    size_t had;

    if (parse(body, len, &names, err))
        return -1;
    size_t lost = n->user.count_lost(n->user.arg, &names, &had);
    n->failing = false;
    if (guard_suspects(had, lost, n->user.doubted(n->user.arg)))
        confirm(n, lost, had);
    else
        take(n, &names);
    strv_done(&names);
    return 0;
}

static int on_confirmed(void *arg, const char *body, size_t len, struct err **err)
{
    struct consul_names *n = arg;
    struct strv names = {0};

    if (parse(body, len, &names, err))
        return -1;
    consul_query_free(n->confirm);
    n->confirm = NULL;
    take(n, &names);
    strv_done(&names);
    return 0;
}

static void on_error(void *arg, const struct err *err)
{
    struct consul_names *n = arg;

    n->failing = true;
    n->user.on_error(n->user.arg, err);
}

/* Leaves out what cannot be asked for. */
static int parse(const char *body, size_t len, struct strv *ret, struct err **err)
{
    size_t kept = 0;

    if (consul_json_names(body, len, ret, err))
        return -1;
    for (size_t i = 0; i < ret->n; i++) {
        char *name = ret->v[i];

        if (consul_names_can_have(name)) {
            ret->v[kept++] = name;
            continue;
        }
        if (strcmp(name, OWN_SERVICE))
            log_debug(AREA, "a service cannot be asked for by its name: %s", name);
        free(name);
    }
    ret->n = kept;
    return 0;
}

static void confirm(struct consul_names *n, size_t lost, size_t had)
{
    if (n->confirm)
        return;
    log_warn(AREA,
             "%zu of %zu services are gone at once: Consul's leader is asked before that is "
             "believed",
             lost, had);
    n->confirm = consul_query_new_once(
        n->client, PATH "?consistent",
        &(struct consul_query_user){.on_answer = on_confirmed, .on_error = on_error, .arg = n});
}

static void take(struct consul_names *n, const struct strv *names)
{
    consul_query_set_pace(n->query, (double)names->n * PACE_EACH);
    n->user.on_names(n->user.arg, names, consul_query_index(n->query));
}
