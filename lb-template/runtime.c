#include "lb-template/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/cfg.h"
#include "lib/clean.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

#define SERVERS_VERSION "1" /* first line of `show servers state` */
#define SERVERS_COLUMNS 19  /* that are read; later ones are ignored */
#define QUOTED_MAX 80       /* bytes of a strange answer in an error */

static const char *next_line(const char *text, struct strv *fields);
static int parse_server(const struct strv *fields, struct runtime_server *ret, struct err **err);
static bool parse_number(const char *text, unsigned long max, unsigned *ret);
static int odd(const char *command, const char *answer, struct err **err);
static void info_line(const char *line, struct runtime_info *ret);
static void server_done(struct runtime_server *s);

int runtime_parse_servers(const char *answer, struct runtime_servers *ret, struct err **err)
{
    struct runtime_servers l = {0};
    const char *line = answer + strspn(answer, "\n");

    if (strncmp(line, SERVERS_VERSION "\n", strlen(SERVERS_VERSION "\n")))
        return odd("show servers state", answer, err);
    line = strchr(line, '\n') + 1;
    while (line) {
        struct strv fields = {0};
        struct runtime_server s = {0};

        line = next_line(line, &fields);
        bool wanted = fields.n && fields.v[0][0] != '#';
        int failed = wanted && parse_server(&fields, &s, err);
        strv_done(&fields);
        if (failed) {
            runtime_servers_done(&l);
            return -1;
        }
        if (wanted) {
            l.v = xgrow(l.v, l.n, &l.cap, sizeof *l.v);
            l.v[l.n++] = s;
        }
    }
    if (l.n)
        qsort(l.v, l.n, sizeof *l.v, runtime_server_cmp);
    *ret = l;
    return 0;
}

void runtime_servers_done(struct runtime_servers *l)
{
    for (size_t i = 0; i < l->n; i++)
        server_done(&l->v[i]);
    free(l->v);
    *l = (struct runtime_servers){0};
}

int runtime_server_cmp(const void *a, const void *b)
{
    const struct runtime_server *x = a, *y = b;
    int c = strcmp(x->backend, y->backend);

    return c ? c : strcmp(x->name, y->name);
}

const struct runtime_server *runtime_servers_find(const struct runtime_servers *l,
                                                  const char *backend, const char *name)
{
    size_t low = 0, high = l->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = strcmp(backend, l->v[middle].backend);

        c = c ? c : strcmp(name, l->v[middle].name);
        if (!c)
            return &l->v[middle];
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

size_t runtime_servers_of(const struct runtime_servers *l, const char *backend, size_t *ret_n)
{
    size_t low = 0, high = l->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(l->v[middle].backend, backend) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (high < l->n && !strcmp(l->v[high].backend, backend))
        high++;
    *ret_n = high - low;
    return low;
}

void runtime_servers_replace(struct runtime_servers *l, const char *backend,
                             struct runtime_servers *now)
{
    size_t n_old, n_now, at = runtime_servers_of(l, backend, &n_old);
    size_t first = runtime_servers_of(now, backend, &n_now);

    for (size_t i = at; i < at + n_old; i++)
        server_done(&l->v[i]);
    if (l->n - n_old + n_now > l->cap) {
        l->cap = (l->n - n_old + n_now) * 2;
        l->v = xreallocarray(l->v, l->cap, sizeof *l->v);
    }
    if (n_old != n_now && l->n > at + n_old)
        memmove(l->v + at + n_now, l->v + at + n_old, (l->n - at - n_old) * sizeof *l->v);
    for (size_t i = 0; i < now->n; i++) {
        if (i >= first && i < first + n_now)
            l->v[at + i - first] = now->v[i];
        else
            server_done(&now->v[i]);
    }
    l->n = l->n - n_old + n_now;
    free(now->v);
    *now = (struct runtime_servers){0};
}

const char *runtime_server_state(const struct runtime_server *s)
{
    if (s->admin_state & RUNTIME_ADMIN_ANY_MAINT)
        return "maint";
    if (!s->weight || s->admin_state & RUNTIME_ADMIN_DRAIN)
        return "drain";
    return s->op_state ? "up" : "down";
}

int runtime_parse_info(const char *answer, struct runtime_info *ret, struct err **err)
{
    struct runtime_info info = {0};

    for (const char *line = answer; line;) {
        const char *end = strchr(line, '\n');
        CLEAN(free_str) char *copy = end ? xstrndup(line, (size_t)(end - line)) : xstrdup(line);

        info_line(copy, &info);
        line = end ? end + 1 : NULL;
    }
    if (info.pid <= 0)
        return odd("show info", answer, err);
    *ret = info;
    return 0;
}

int runtime_parse_map(const char *answer, struct kvs *ret, struct err **err)
{
    struct kvs map = {0};

    for (const char *line = answer; line;) {
        struct strv fields = {0};

        line = next_line(line, &fields);
        bool entry = fields.n == 3 && !strncmp(fields.v[0], "0x", 2);
        bool empty = !fields.n;
        if (entry)
            kvs_add(&map, fields.v[1], fields.v[2]);
        strv_done(&fields);
        if (!entry && !empty) {
            kvs_done(&map);
            return odd("show map", answer, err);
        }
    }
    kvs_sort(&map);
    *ret = map;
    return 0;
}

/* # bkname/svname bkid/svid addr port - purge_delay used_cur ... */
int runtime_parse_used(const char *answer, const char *backend, const char *name,
                       unsigned *ret_used)
{
    CLEAN(free_str) char *wanted = xasprintf("%s/%s", backend, name);

    for (const char *line = answer; line;) {
        struct strv fields = {0};

        line = next_line(line, &fields);
        bool found = fields.n > 6 && !strcmp(fields.v[0], wanted) &&
                     parse_number(fields.v[6], UINT32_MAX, ret_used);
        strv_done(&fields);
        if (found)
            return 0;
    }
    return -1;
}

/* <pid> master <reloads> [failed: <n>] ...; then "# workers", "# old workers", "# programs". */
int runtime_parse_processes(const char *answer, struct runtime_processes *ret, struct err **err)
{
    struct runtime_processes p = {0};
    bool master = false, old = false;

    for (const char *line = answer; line;) {
        struct strv fields = {0};
        const char *failed = strstr(line, "[failed: ");
        const char *end = strchr(line, '\n');

        old = *line == '#' ? !strncmp(line, "# old workers", strlen("# old workers")) : old;
        line = next_line(line, &fields);
        if (fields.n > 1 && !strcmp(fields.v[1], "master")) {
            master = true;
            if (failed && end && failed < end)
                sscanf(failed, "[failed: %9u]", &p.failed);
        }
        if (old && fields.n > 1 && !strcmp(fields.v[1], "worker"))
            p.old_workers++;
        strv_done(&fields);
    }
    if (!master)
        return odd("show proc", answer, err);
    *ret = p;
    return 0;
}

/* Whatever is not listed is a refusal: HAProxy has no status code. */
bool runtime_answer_ok(enum runtime_command command, const char *answer)
{
    answer += strspn(answer, "\n ");
    switch (command) {
    case RUNTIME_ADD_SERVER:
        return !strncmp(answer, "New server registered.", 22);
    case RUNTIME_DELETE_SERVER:
        return !strncmp(answer, "Server deleted.", 15) || !strncmp(answer, "No such server.", 15);
    case RUNTIME_SET_ADDRESS:
        return !*answer || strstr(answer, "changed from ") ||
               strstr(answer, "no need to change ") || !strncmp(answer, "nothing changed", 15);
    case RUNTIME_DELETE_MAP:
        return !*answer || !strncmp(answer, "Key not found.", 14);
    case RUNTIME_ENABLE: /* a server without a check has nothing to be enabled */
        return !*answer || !strncmp(answer, "Health check was not configured", 31);
    case RUNTIME_SET_SERVER:
    case RUNTIME_ADD_MAP:
    case RUNTIME_SET_MAP:
        return !*answer;
    }
    return false;
}

/* Appends the words of the line at 'text'; returns the next line or NULL. */
static const char *next_line(const char *text, struct strv *fields)
{
    const char *end = text + strcspn(text, "\n");

    while (text < end) {
        size_t len = strcspn(text, " \t\r\n");

        if (len)
            strv_addn(fields, text, len);
        text += len;
        text += strspn(text, " \t\r");
    }
    return *end ? end + 1 : NULL;
}

static int parse_server(const struct strv *fields, struct runtime_server *ret, struct err **err)
{
    struct runtime_server s = {0};
    char **f = fields->v;
    unsigned port;

    if (fields->n < SERVERS_COLUMNS)
        return err_set(err, "`show servers state` answered a line of %zu words", fields->n);
    if (!parse_number(f[5], UINT32_MAX, &s.op_state) ||
        !parse_number(f[6], UINT32_MAX, &s.admin_state) ||
        !parse_number(f[7], UINT32_MAX, &s.weight) ||
        !parse_number(f[13], UINT32_MAX, &s.check_state) || !parse_number(f[18], 65535, &port))
        return err_set(err, "`show servers state` answered no number for server %.100s", f[3]);
    s.port = (uint16_t)port;
    s.backend = xstrdup(f[1]);
    s.name = xstrdup(f[3]);
    s.address = xstrdup(f[4]);
    *ret = s;
    return 0;
}

static bool parse_number(const char *text, unsigned long max, unsigned *ret)
{
    unsigned long n = 0;

    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || n > (max - (unsigned long)(*c - '0')) / 10)
            return false;
        n = n * 10 + (unsigned long)(*c - '0');
    }
    if (!*text)
        return false;
    *ret = (unsigned)n;
    return true;
}

static int odd(const char *command, const char *answer, struct err **err)
{
    return err_set(err, "HAProxy answered `%s` with \"%.*s\"", command,
                   (int)strnlen(answer, QUOTED_MAX), answer);
}

static void info_line(const char *line, struct runtime_info *ret)
{
    unsigned n;

    if (!strncmp(line, "Pid: ", 5) && parse_number(line + 5, INT32_MAX, &n))
        ret->pid = (pid_t)n;
    else if (!strncmp(line, "Stopping: ", 10))
        ret->stopping = strcmp(line + 10, "0");
    else if (!strncmp(line, "description: ", 13))
        ret->has_mark = haproxy_cfg_read_mark(line + 13, &ret->structure);
}

static void server_done(struct runtime_server *s)
{
    free(s->backend);
    free(s->name);
    free(s->address);
}
