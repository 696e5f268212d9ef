#include "registrator/dubbo_apps.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/zk_request.h"

#define PACE 1.     /* seconds between two looks */
#define APPS_MAX 16 /* of one interface */
#define FOUND_MAX 1024
#define NAME_BYTES 255

struct dubbo_apps_op {
    struct dubbo_apps *apps;
    struct dubbo_apps_op *prev, *next;
    char *interface;
    char *name; /* of the application; NULL: the interface is read */
};

static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void look(struct dubbo_apps *a);
static struct dubbo_apps_op *op_new(struct dubbo_apps *a, const char *interface, const char *name);
static void op_free(struct dubbo_apps_op *op);
static void op_end(struct dubbo_apps_op *op);
static void on_mapping(void *arg, const struct zk_answer *answer);
static void read_interface(struct dubbo_apps *a, const char *interface);
static void on_interface(void *arg, const struct zk_answer *answer);
static void list_app(struct dubbo_apps *a, const char *interface, const char *name);
static void on_instances(void *arg, const struct zk_answer *answer);
static void clear(struct dubbo_app *v, size_t n);

void dubbo_apps_init(struct dubbo_apps *a, struct ev_loop *loop, struct zk_session *session,
                     const char *root, bool (*concerns)(void *arg, const char *interface),
                     void (*on_change)(void *arg), void *arg)
{
    *a = (struct dubbo_apps){
        .loop = loop,
        .session = session,
        .mapping = xasprintf("%s/mapping", root),
        .services = xasprintf("%.*s/services", (int)(strrchr(root, '/') - root), root),
        .concerns = concerns,
        .on_change = on_change,
        .arg = arg,
    };
    ev_timer_init(&a->timer, on_timer, 0., 0.);
    a->timer.data = a;
}

void dubbo_apps_done(struct dubbo_apps *a)
{
    if (a->loop)
        ev_timer_stop(a->loop, &a->timer);
    while (a->ops)
        op_free(a->ops);
    clear(a->v, a->n);
    clear(a->next, a->n_next);
    free(a->mapping);
    free(a->services);
}

void dubbo_apps_look(struct dubbo_apps *a)
{
    a->stale = true;
    if (ev_is_active(&a->timer))
        return;
    ev_timer_set(&a->timer, PACE, 0.);
    ev_timer_start(a->loop, &a->timer);
}

void dubbo_apps_event(struct dubbo_apps *a, const char *path)
{
    if (!strncmp(path, a->mapping, strlen(a->mapping)) ||
        !strncmp(path, a->services, strlen(a->services)))
        dubbo_apps_look(a);
}

void dubbo_apps_report(const struct dubbo_apps *a, struct problems *problems)
{
    for (size_t i = 0; i < a->n; i++) {
        CLEAN(sbuf) struct sbuf subject = SBUF_INIT, name = SBUF_INIT, instance = SBUF_INIT;

        sbuf_addf(&subject, "interface %s", a->v[i].interface);
        sbuf_add_printable(&name, a->v[i].name);
        sbuf_add_printable(&instance, a->v[i].instance);
        problems_add(problems, sbuf_str(&subject),
                     "the application %s registers it at application level, too (%s): consumers of "
                     "Dubbo 3 then ignore all URLs, berth's as well; set "
                     "dubbo.application.register-mode=interface on its providers, or "
                     "dubbo.application.service-discovery.migration=FORCE_INTERFACE on consumers",
                     sbuf_str(&name), sbuf_str(&instance));
    }
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct dubbo_apps *a = w->data;

    (void)loop;
    (void)events;
    if (a->stale && !a->ops && zk_session_is_up(a->session))
        look(a);
}

static void look(struct dubbo_apps *a)
{
    struct dubbo_apps_op *op = op_new(a, "", NULL);

    a->stale = false;
    if (zk_children(a->session, a->mapping, true, on_mapping, op, NULL))
        op_free(op);
}

static struct dubbo_apps_op *op_new(struct dubbo_apps *a, const char *interface, const char *name)
{
    struct dubbo_apps_op *op = xcalloc(1, sizeof *op);

    op->apps = a;
    op->interface = xstrdup(interface);
    op->name = name ? xstrdup(name) : NULL;
    op->next = a->ops;
    if (op->next)
        op->next->prev = op;
    a->ops = op;
    return op;
}

static void op_free(struct dubbo_apps_op *op)
{
    if (op->prev)
        op->prev->next = op->next;
    else
        op->apps->ops = op->next;
    if (op->next)
        op->next->prev = op->prev;
    free(op->interface);
    free(op->name);
    free(op);
}

/* The last one ends the look. */
static void op_end(struct dubbo_apps_op *op)
{
    struct dubbo_apps *a = op->apps;

    op_free(op);
    if (a->ops)
        return;
    clear(a->v, a->n);
    a->v = a->next;
    a->n = a->n_next;
    a->next = NULL;
    a->n_next = a->cap_next = 0;
    if (a->stale)
        dubbo_apps_look(a);
    a->on_change(a->arg);
}

static void on_mapping(void *arg, const struct zk_answer *answer)
{
    struct dubbo_apps_op *op = arg;
    struct dubbo_apps *a = op->apps;

    for (size_t i = 0; i < answer->n_children; i++)
        if (a->concerns(a->arg, answer->children[i]))
            read_interface(a, answer->children[i]);
    op_end(op);
}

static void read_interface(struct dubbo_apps *a, const char *interface)
{
    CLEAN(free_str) char *path = xasprintf("%s/%s", a->mapping, interface);
    struct dubbo_apps_op *op = op_new(a, interface, NULL);

    if (zk_get(a->session, path, true, on_interface, op, NULL))
        op_free(op);
}

/* A comma list of applications. */
static void on_interface(void *arg, const struct zk_answer *answer)
{
    struct dubbo_apps_op *op = arg;
    CLEAN(free_str) char *text = xstrndup(answer->len ? answer->data : "", answer->len);
    const char *p = text;

    for (size_t n = 0; *p && n < APPS_MAX; n++) {
        size_t len = strcspn(p, ",");
        CLEAN(free_str) char *name = xstrndup(p, len);

        if (len && len <= NAME_BYTES && !strchr(name, '/') && name[strspn(name, ".")])
            list_app(op->apps, op->interface, name);
        p += len + (p[len] == ',');
    }
    op_end(op);
}

static void list_app(struct dubbo_apps *a, const char *interface, const char *name)
{
    CLEAN(free_str) char *path = xasprintf("%s/%s", a->services, name);
    struct dubbo_apps_op *op = op_new(a, interface, name);

    if (zk_children(a->session, path, true, on_instances, op, NULL))
        op_free(op);
}

static void on_instances(void *arg, const struct zk_answer *answer)
{
    struct dubbo_apps_op *op = arg;
    struct dubbo_apps *a = op->apps;

    if (answer->n_children && a->n_next < FOUND_MAX) {
        a->next = xgrow(a->next, a->n_next, &a->cap_next, sizeof *a->next);
        a->next[a->n_next++] = (struct dubbo_app){.interface = xstrdup(op->interface),
                                                  .name = xstrdup(op->name),
                                                  .instance = xstrdup(answer->children[0])};
    }
    op_end(op);
}

static void clear(struct dubbo_app *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(v[i].interface);
        free(v[i].name);
        free(v[i].instance);
    }
    free(v);
}
