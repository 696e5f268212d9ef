#include "agent/agent_admin.h"

#include <stdlib.h>
#include <string.h>

#include "agent/admin_guard.h"
#include "agent/agent_asks.h"
#include "agent/agent_paths.h"
#include "agent/live.h"
#include "agent/state.h"
#include "agent/state_digest.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "lib/xmalloc.h"

#define AREA "admin"
#define TOKEN_MIN 16 /* characters; one that cannot be guessed has more */
#define TOKEN_FILE_MAX 4096

struct agent_admin {
    struct admin *tcp, *local; /* NULL: none */
    struct agent_asks *asks;
    struct live *live;
    struct admin_guard guard;
    char *socket, *hosts, *token; /* the guard's */
};

static char *socket_path(const struct config *c);
static int read_token(const struct config *c, char **ret, struct err **err);
static void warn(const struct agent *a);
static uint64_t digest(void *arg);

int agent_admin_open(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    struct agent_admin *s = xcalloc(1, sizeof *s);
    const struct admin_config base = {
        .paths = agent_paths, .n_paths = agent_n_paths, .guard = &s->guard, .arg = a};
    struct admin_config tcp = base, local = base;

    a->admin = s;
    s->asks = agent_asks_new(a);
    s->live = live_new(a->loop, a->changes, digest, a);
    s->socket = socket_path(c);
    tcp.address = c->admin;
    local.socket = s->socket;
    if (agent_admin_check(c, err))
        return -1;
    agent_admin_set_config(a);
    if ((*c->admin && !(s->tcp = admin_new(a->loop, &tcp, err))) ||
        (*s->socket && !(s->local = admin_new(a->loop, &local, err))))
        return -1;
    warn(a);
    return 0;
}

void agent_admin_close(struct agent *a)
{
    struct agent_admin *s = TAKE_PTR(a->admin);

    if (!s)
        return;
    agent_asks_free(s->asks);
    admin_free(s->tcp);
    admin_free(s->local);
    live_free(s->live);
    free(s->socket);
    free(s->hosts);
    free(s->token);
    free(s);
}

int agent_admin_check(const struct config *next, struct err **err)
{
    CLEAN(free_str) char *token = NULL;

    return read_token(next, &token, err);
}

void agent_admin_set_config(struct agent *a)
{
    const struct config *c = a->config;
    struct agent_admin *s = a->admin;
    CLEAN(err) struct err *err = NULL;
    char *token = NULL;

    if (read_token(c, &token, &err))
        log_err(AREA, "nothing is changed over TCP: %s", err_msg(err));
    free(s->token);
    free(s->hosts);
    s->token = token;
    s->hosts = xstrdup(c->admin_hosts);
    s->guard = (struct admin_guard){.node = a->node,
                                    .hosts = s->hosts,
                                    .socket = s->socket,
                                    .token = s->token,
                                    .read_only = c->admin_read_only,
                                    .token_reads = c->admin_token_reads};
}

void agent_admin_touch(struct agent *a)
{
    if (a->admin)
        live_touch(a->admin->live);
}

size_t agent_admin_readers(const struct agent *a)
{
    return a->admin ? live_readers(a->admin->live) : 0;
}

void agent_admin_ask(struct agent *a, struct admin_request *r, bool explain)
{
    agent_asks_add(a->admin->asks, r, explain);
}

void agent_admin_stream(struct agent *a, struct admin_request *r)
{
    live_answer(a->admin->live, r);
}

/* "": none. The caller frees it. */
static char *socket_path(const struct config *c)
{
    return strcmp(c->admin_socket, "auto") ? xstrdup(c->admin_socket)
                                           : xasprintf("%s/admin.sock", c->run_dir);
}

/* The file's first line. '*ret' stays NULL where there is no file. */
static int read_token(const struct config *c, char **ret, struct err **err)
{
    if (!*c->admin_token_file)
        return 0;
    char *text = secret_read(c->admin_token_file, TOKEN_FILE_MAX, NULL, err);
    if (!text)
        return err_wrap(err, "[agent] admin_token_file");
    text[strcspn(text, " \t\r\n")] = '\0';
    if (strlen(text) < TOKEN_MIN) {
        free(text);
        return err_set(err,
                       "[agent] admin_token_file: %s has no token of at least %d characters in its "
                       "first line; `openssl rand -hex 32` makes one",
                       c->admin_token_file, TOKEN_MIN);
    }
    *ret = text;
    return 0;
}

/* What an address that others reach means. */
static void warn(const struct agent *a)
{
    const struct config *c = a->config;
    CLEAN(free_str) char *host = xstrndup(c->admin, strcspn(c->admin, ":"));
    struct ipaddr address;

    if (!*c->admin || (!ipaddr_parse(host, &address) && ipaddr_is_loopback(&address)))
        return;
    if (!c->admin_token_reads)
        log_warn(AREA,
                 "whoever reaches %s reads which services there are, and where; [agent] "
                 "admin_token_reads = yes asks for a token",
                 c->admin);
    if (*c->admin_token_file)
        log_warn(AREA, "a token that is sent to %s can be read on its way: have TLS in front of it",
                 c->admin);
}

static uint64_t digest(void *arg)
{
    CLEAN(json) json_t *doc = state_json(arg);

    return state_digest(doc);
}
