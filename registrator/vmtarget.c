#include "registrator/vmtarget.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

/* What is being worked on. */
struct making {
    const struct vm_target_rules *rules;
    struct vm_targets *ret;
    struct problems *problems;
    const char *file;
    bool served;
    bool sure; /* every name of the file has an address */
};

static void add_service(struct making *m, const struct vm_service *s);
static void add_name(struct making *m, const struct vm_service *s, const char *name);
static void add_address(struct making *m, const struct vm_service *s, const struct ipaddr *a);
static const struct vm_target *find_same(const struct vm_targets *l, const struct vm_service *s,
                                         const struct ipaddr *a);
static void report(struct making *m, const struct vm_service *s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void vm_targets_make(const struct vm_target_rules *rules, const struct vm_file *v, size_t n,
                     struct vm_targets *ret, struct problems *problems)
{
    for (size_t i = 0; i < n; i++) {
        struct making m = {.rules = rules,
                           .ret = ret,
                           .problems = problems,
                           .file = v[i].stem,
                           .served = rules->is_served(rules->arg, v[i].stem),
                           .sure = true};

        for (size_t k = 0; k < v[i].services.n; k++)
            add_service(&m, &v[i].services.v[k]);
        if (!m.sure)
            strv_add(&ret->unsure, v[i].stem);
    }
}

void vm_targets_names(const struct vm_file *v, size_t n, struct strv *ret)
{
    struct ipaddr a;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < v[i].services.n; k++) {
            const struct strv *said = &v[i].services.v[k].addresses;

            for (size_t j = 0; j < said->n; j++)
                if (ipaddr_parse(said->v[j], &a))
                    strv_add(ret, said->v[j]);
        }
    strv_sort_unique(ret);
}

void vm_targets_done(struct vm_targets *l)
{
    free(l->v);
    strv_done(&l->unsure);
    *l = (struct vm_targets){0};
}

static void add_service(struct making *m, const struct vm_service *s)
{
    struct ipaddr a;

    for (size_t i = 0; i < s->addresses.n; i++) {
        if (ipaddr_parse(s->addresses.v[i], &a))
            add_name(m, s, s->addresses.v[i]);
        else
            add_address(m, s, &a);
    }
}

static void add_name(struct making *m, const struct vm_service *s, const char *name)
{
    const char *error = NULL;
    size_t n;
    const struct ipaddr *v = m->rules->resolve(m->rules->arg, name, &n, &error);

    for (size_t i = 0; i < n; i++)
        add_address(m, s, &v[i]);
    m->sure = m->sure && n;
    m->ret->open += !n && !error;
    if (error)
        report(
            m, s, "%s; %s, or use the machine's address", error,
            n ? "its last addresses stay; mend the name"
              : "the machine is not served, and nothing of the file is taken out; mend the name");
}

static void add_address(struct making *m, const struct vm_service *s, const struct ipaddr *a)
{
    struct vm_targets *l = m->ret;
    const struct vm_target *same = find_same(l, s, a);
    char buf[IPADDR_STRLEN];

    if (!m->served)
        return;
    if (same) {
        if (strcmp(same->file, m->file))
            report(m, s, "%s is declared in %s.conf, too, which counts; remove one",
                   ipaddr_format_port(a, s->port, buf), same->file);
        return;
    }
    if (l->n >= VM_TARGETS_MAX) {
        report(m, s, "there are more than %d machines: the rest is left out", VM_TARGETS_MAX);
        return;
    }
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct vm_target){.file = m->file, .service = s, .address = *a};
}

static const struct vm_target *find_same(const struct vm_targets *l, const struct vm_service *s,
                                         const struct ipaddr *a)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct vm_target *t = &l->v[i];

        if (t->service->port == s->port && t->service->protocol == s->protocol &&
            !ipaddr_cmp(&t->address, a) && !strcmp(t->service->name, s->name))
            return t;
    }
    return NULL;
}

static void report(struct making *m, const struct vm_service *s, const char *format, ...)
{
    CLEAN(free_str) char *subject = xasprintf("%s.conf [%s]", m->file, s->name);
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *text = xvasprintf(format, args);
    va_end(args);
    problems_add(m->problems, subject, "%s", text);
}
