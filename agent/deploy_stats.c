#include "agent/deploy_stats.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipaddr.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

#define COLUMNS_MAX 256

/* The columns that are read. */
enum { BACKEND, NAME, QUEUED, SESSIONS, STATUS, N_NEEDED, WEIGHT = N_NEEDED, ADDRESS, N_COLUMNS };
static const char *const column_names[] = {"pxname", "svname", "qcur", "scur",
                                           "status", "weight", "addr"};

static void split(const char *line, size_t len, struct strv *ret);
static int find_columns(const struct strv *head, size_t *at, struct err **err);
static void read_row(const struct strv *row, const size_t *at, struct deploy_servers *ret);
static const char *get(const struct strv *row, size_t at);
static enum deploy_server_state state_of(const char *status, const char *weight);
static bool is_named(const char *name, const char *host, uint16_t port);

int deploy_stats_parse(const char *csv, size_t len, struct deploy_servers *ret, struct err **err)
{
    size_t at[N_COLUMNS];
    bool first = true;

    for (const char *p = csv, *end = csv + len; p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t n = newline ? (size_t)(newline - p) : (size_t)(end - p);
        struct strv row = {0};

        split(p, n, &row);
        p += n + (newline != NULL);
        int failed = first ? find_columns(&row, at, err) : 0;
        if (!first && row.n > 2 && ret->n < DEPLOY_SERVERS_MAX)
            read_row(&row, at, ret);
        first = false;
        strv_done(&row);
        if (failed)
            return -1;
    }
    return first ? err_set(err, "HAProxy's statistics are empty") : 0;
}

void deploy_servers_done(struct deploy_servers *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->v[i].backend);
        free(l->v[i].name);
        free(l->v[i].address);
    }
    free(l->v);
    *l = (struct deploy_servers){0};
}

const struct deploy_server *deploy_servers_next(const struct deploy_servers *l, const char *host,
                                                uint16_t port, size_t *at)
{
    bool v6 = strchr(host, ':') != NULL;
    CLEAN(free_str)
    char *address = xasprintf("%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "", port);

    for (; *at < l->n; (*at)++) {
        const struct deploy_server *s = &l->v[*at];

        if (strcmp(s->address, address) != 0 && !is_named(s->name, host, port))
            continue;
        (*at)++;
        return s;
    }
    return NULL;
}

/* A value may stand between quotes, which hide commas. */
static void split(const char *line, size_t len, struct strv *ret)
{
    size_t from = 0;
    bool quoted = false;

    if (len && line[len - 1] == '\r')
        len--;
    for (size_t i = 0; i <= len && ret->n < COLUMNS_MAX; i++) {
        quoted ^= i < len && line[i] == '"';
        if (i < len && (line[i] != ',' || quoted))
            continue;
        strv_addn(ret, line + from, i - from);
        from = i + 1;
    }
}

static int find_columns(const struct strv *head, size_t *at, struct err **err)
{
    for (size_t k = 0; k < N_COLUMNS; k++) {
        at[k] = SIZE_MAX;
        for (size_t i = 0; i < head->n; i++) {
            const char *name = head->v[i];

            if (!i)
                name += strspn(name, "# ");
            if (!strcmp(name, column_names[k]))
                at[k] = i;
        }
        if (at[k] == SIZE_MAX && k < N_NEEDED)
            return err_set(err, "this is no statistics of HAProxy as CSV: no column %s",
                           column_names[k]);
    }
    return 0;
}

static void read_row(const struct strv *row, const size_t *at, struct deploy_servers *ret)
{
    const char *name = get(row, at[NAME]);

    if (!strcmp(name, "FRONTEND") || !strcmp(name, "BACKEND"))
        return;
    ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
    ret->v[ret->n++] = (struct deploy_server){
        .backend = xstrdup(get(row, at[BACKEND])),
        .name = xstrdup(name),
        .address = xstrdup(get(row, at[ADDRESS])),
        .state = state_of(get(row, at[STATUS]), get(row, at[WEIGHT])),
        .sessions =
            strtoul(get(row, at[QUEUED]), NULL, 10) + strtoul(get(row, at[SESSIONS]), NULL, 10),
    };
}

static const char *get(const struct strv *row, size_t at)
{
    return at < row->n ? row->v[at] : "";
}

/* "UP", "UP 1/3", "no check", "DOWN", "DRAIN", "MAINT", "MAINT (via ...)". Without a weight it is
 * out of its turn, and HAProxy still calls it UP. */
static enum deploy_server_state state_of(const char *status, const char *weight)
{
    if (!strncmp(status, "UP", 2) || !strcmp(status, "no check"))
        return strcmp(weight, "0") ? DEPLOY_SERVER_UP : DEPLOY_SERVER_DRAINS;
    return !strncmp(status, "DRAIN", 5) || !strncmp(status, "MAINT", 5) ? DEPLOY_SERVER_DRAINS
                                                                        : DEPLOY_SERVER_DOWN;
}

/* marathon-lb writes what is no letter, digit or '-' as '_', and puts the host's name in front of
 * its address only where they differ. */
static bool is_named(const char *name, const char *host, uint16_t port)
{
    CLEAN(free_str) char *wanted = xasprintf("%s_%u", host, port);
    size_t host_len = strlen(host), len = strlen(name);
    struct ipaddr address;

    for (char *p = wanted; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-')
            *p = '_';
    if (!strcmp(name, wanted))
        return true;
    if (!ipaddr_parse(host, &address) || strncmp(name, wanted, host_len + 1) != 0)
        return false;
    size_t port_len = strlen(wanted) - host_len;
    const char *between = name + host_len;
    return len > host_len + port_len && !strcmp(name + len - port_len, wanted + host_len) &&
           strspn(between, "0123456789abcdef_") == strlen(between);
}
