#include "lb-template/settings.h"

#include <pwd.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lb-template/words.h"
#include "lib/xmalloc.h"

#define DIR_LEN_MAX 80         /* the sockets' paths, and HAProxy's temporary ones, must fit */
#define SOCKETS_MAX 16         /* HAProxys on one host */
#define RELOAD_TIMEOUT 30.0    /* seconds, where nothing is said */
#define RETRY 60.0             /* seconds, where there is no resync */
#define HAPROXY_USER "haproxy" /* that distributions make for it; its group has the same name */

static int check(const struct lb_config *c, struct err **err);
static int read_sockets(const struct lb_config *c, struct strv *ret, struct err **err);
static int read_command(const struct lb_config *c, struct strv *ret, struct err **err);
static bool is_plain_path(const char *path);

int settings_init(struct settings *ret, const struct lb_config *config, struct err **err)
{
    struct rlimit nofile = {0};
    bool drop = !geteuid() && getpwnam(HAPROXY_USER);

    if (check(config, err))
        return -1;
    *ret = (struct settings){0};
    if (read_sockets(config, &ret->sockets, err) || read_command(config, &ret->reload, err)) {
        settings_done(ret);
        return -1;
    }
    /* HAProxy inherits our hard limit and raises its own to it. */
    getrlimit(RLIMIT_NOFILE, &nofile);
    *ret = (struct settings){
        .sockets = ret->sockets,
        .reload = ret->reload,
        .haproxy = xstrdup(config->haproxy),
        .dir = xstrdup(config->dir),
        .file = xstrdup(config->file ? config->file : "haproxy.cfg"),
        .bind = xstrdup(config->bind),
        .certs = config->https_port ? xstrdup(config->certs) : NULL,
        .template = config->template && *config->template ? xstrdup(config->template) : NULL,
        .manage = config->manage,
        .reload_timeout = config->reload_timeout > 0. ? config->reload_timeout : RELOAD_TIMEOUT,
        .resync = config->resync > 0. ? config->resync : RETRY,
        .retry = config->resync > 0. ? config->resync : RETRY,
    };
    ret->render = (struct render_config){
        .dir = ret->dir,
        .bind = ret->bind,
        .http_port = config->http_port,
        .https_port = config->https_port,
        .certs = ret->certs,
        .stats_port = config->stats_port,
        .nofile = nofile.rlim_max,
        .user = drop ? HAPROXY_USER : NULL,
        .group = drop ? HAPROXY_USER : NULL,
    };
    ret->rules = (struct route_rules){
        .http_port = config->http_port,
        .https_port = config->https_port,
        .stats_port = config->stats_port,
        .pool = config->pool,
    };
    return 0;
}

void settings_done(struct settings *s)
{
    free(s->haproxy);
    free(s->dir);
    free(s->file);
    free(s->bind);
    free(s->certs);
    free(s->template);
    strv_done(&s->sockets);
    strv_done(&s->reload);
    *s = (struct settings){0};
}

static int check(const struct lb_config *c, struct err **err)
{
    struct ipaddr address;

    if (c->dir[0] != '/' || strlen(c->dir) > DIR_LEN_MAX || !is_plain_path(c->dir))
        return err_set(err,
                       "[lb] dir must be an absolute path of at most %d bytes, of letters, digits "
                       "and any of \"/._-\", not \"%s\"",
                       DIR_LEN_MAX, c->dir);
    if (c->http_port && c->http_port == c->stats_port)
        return err_set(err, "[lb] http_port and stats_port are both %u", c->http_port);
    if (c->https_port && (c->https_port == c->http_port || c->https_port == c->stats_port))
        return err_set(err, "[lb] https_port is %u, which is another frontend's port",
                       c->https_port);
    if (c->https_port && !is_plain_path(c->certs))
        return err_set(err,
                       "[lb] certs must be a path of letters, digits and any of \"/._-\", not "
                       "\"%s\"",
                       c->certs);
    if (strcmp(c->bind, "*") && ipaddr_parse(c->bind, &address))
        return err_set(err, "[lb] bind must be * or an IP address, not \"%s\"", c->bind);
    return 0;
}

static int read_sockets(const struct lb_config *c, struct strv *ret, struct err **err)
{
    for (const char *p = c->sockets ? c->sockets : ""; *p;) {
        size_t len = strcspn(p, ", ");

        if (*p != '/')
            return err_set(err, "[lb] sockets must be absolute paths with commas between them");
        strv_addn(ret, p, len);
        p += len + strspn(p + len, ", ");
    }
    if (ret->n > SOCKETS_MAX)
        return err_set(err, "[lb] sockets has more than %d paths", SOCKETS_MAX);
    if (ret->n && c->manage)
        return err_set(err, "[lb] sockets is for HAProxys that others start: say manage = no too");
    return 0;
}

static int read_command(const struct lb_config *c, struct strv *ret, struct err **err)
{
    if (!c->reload || !*c->reload)
        return 0;
    words_split(c->reload, ret);
    if (!ret->n || ret->v[0][0] != '/')
        return err_set(err, "[lb] reload must begin with the absolute path of a program, as in "
                            "/usr/bin/systemctl reload haproxy");
    return 0;
}

/* Stands in haproxy.cfg and in commands without quoting. */
static bool is_plain_path(const char *path)
{
    return path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "/._-")] == '\0';
}
