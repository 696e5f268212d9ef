#include "registrator/consul_service.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/consul_json.h"
#include "registrator/guard.h"
#include "registrator/url.h"

static char *path_of(const struct consul_service *s, enum consul_consistency consistency);
static int on_watched(void *arg, const char *body, size_t len, struct err **err);
static void on_watch_error(void *arg, const struct err *err);
static int on_read(void *arg, const char *body, size_t len, struct err **err);
static void on_read_error(void *arg, const struct err *err);
static void end_read(struct consul_service *s);
static void take(struct consul_service *s, struct instances *now, bool is_sure, uint64_t index);
static void set_failing(struct consul_service *s, bool failing);
static void suspect(struct consul_service *s, size_t lost, size_t had);

struct consul_service *consul_service_new(struct consul_client *c, const char *name,
                                          struct consul_service_user *user)
{
    struct consul_service *s = xcalloc(1, sizeof *s);

    s->client = c;
    s->user = user;
    s->name = xstrdup(name);
    user->n_unanswered++;
    return s;
}

void consul_service_free(struct consul_service *s)
{
    if (!s)
        return;
    consul_query_free(s->watch);
    consul_query_free(s->read);
    set_failing(s, false);
    s->user->n_unanswered -= !s->answered;
    free(s->name);
    free(s);
}

void consul_service_watch(struct consul_service *s)
{
    CLEAN(free_str) char *path = path_of(s, CONSUL_STALE);

    if (!s->watch)
        s->watch =
            consul_query_new(s->client, path,
                             &(struct consul_query_user){
                                 .on_answer = on_watched, .on_error = on_watch_error, .arg = s});
}

bool consul_service_is_watched(const struct consul_service *s)
{
    return s->watch != NULL;
}

void consul_service_read(struct consul_service *s, enum consul_consistency consistency)
{
    CLEAN(free_str) char *path = path_of(s, consistency);

    s->confirms = consistency == CONSUL_CONSISTENT;
    s->read = consul_query_new_once(
        s->client, path,
        &(struct consul_query_user){.on_answer = on_read, .on_error = on_read_error, .arg = s});
}

bool consul_service_is_reading(const struct consul_service *s)
{
    return s->read != NULL;
}

static char *path_of(const struct consul_service *s, enum consul_consistency consistency)
{
    static const char *const parameters[] = {
        [CONSUL_STALE] = "?stale", [CONSUL_DEFAULT] = "", [CONSUL_CONSISTENT] = "?consistent"};
    struct sbuf path = SBUF_INIT;

    sbuf_adds(&path, "/v1/health/service/");
    url_add_escaped(&path, s->name);
    sbuf_adds(&path, parameters[consistency]);
    return sbuf_take(&path);
}

static int on_watched(void *arg, const char *body, size_t len, struct err **err)
{
    struct consul_service *s = arg;
    struct instances now = {0};

    if (consul_json_health(body, len, s->name, &now, err))
        return -1;
    take(s, &now, false, consul_query_index(s->watch));
    return 0;
}

static void on_watch_error(void *arg, const struct err *err)
{
    struct consul_service *s = arg;

    set_failing(s, true);
    s->user->on_error(s->user->arg, s, err);
}

static int on_read(void *arg, const char *body, size_t len, struct err **err)
{
    struct consul_service *s = arg;
    struct instances now = {0};

    if (consul_json_health(body, len, s->name, &now, err))
        return -1;
    uint64_t index = consul_query_index(s->read);
    bool is_sure = s->confirms;
    end_read(s);
    take(s, &now, is_sure, index);
    s->user->on_read_end(s->user->arg, s);
    return 0;
}

static void on_read_error(void *arg, const struct err *err)
{
    struct consul_service *s = arg;

    end_read(s);
    set_failing(s, true);
    s->user->on_error(s->user->arg, s, err);
    s->user->on_read_end(s->user->arg, s);
}

static void end_read(struct consul_service *s)
{
    consul_query_free(s->read);
    s->read = NULL;
    s->confirms = false;
}

/* Hands 'now' over or frees it. */
static void take(struct consul_service *s, struct instances *now, bool is_sure, uint64_t index)
{
    size_t had, lost = s->user->count_lost(s->user->arg, s, now, &had);

    set_failing(s, false);
    if (!is_sure && guard_suspects(had, lost, s->user->doubted(s->user->arg))) {
        instances_done(now);
        suspect(s, lost, had);
        return;
    }
    s->index = index;
    s->user->n_unanswered -= !s->answered;
    s->answered = true;
    s->user->on_answer(s->user->arg, s, now);
}

static void set_failing(struct consul_service *s, bool failing)
{
    s->user->n_failing += failing;
    s->user->n_failing -= s->failing;
    s->failing = failing;
}

static void suspect(struct consul_service *s, size_t lost, size_t had)
{
    log_warn("consul",
             "%zu of the %zu instances of %s are gone at once: Consul's leader is asked before "
             "that is believed",
             lost, had, s->name);
    s->user->on_suspicion(s->user->arg, s);
}
