#include "portmap/legacy_rule.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/proc.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "portmap/docker_user.h"
#include "portmap/legacy_table.h"

#define PROGRAM "/usr/sbin/iptables-legacy"
#define LOCK_SECONDS "5"    /* the program waits for others that change the table */
#define PROGRAM_SECONDS 15. /* then it is killed */
#define RETRY_SECONDS 5.    /* between two tries that changed nothing */

struct legacy_rule {
    struct ev_loop *loop;
    uint32_t mark;
    void (*on_end)(void *arg);
    void *arg;
    struct proc *proc;       /* runs, or NULL */
    enum legacy_place tried; /* what the program was to mend */
    double started;          /* ev time of the last run */
    char *failure;           /* what the program said, or NULL */
};

static bool is_vain(const struct legacy_rule *r, enum legacy_place place);
static void change(struct legacy_rule *r, enum legacy_place place);
static struct proc *run(struct ev_loop *loop, const char *action, uint32_t mark,
                        void (*on_end)(void *arg, const struct proc_result *result), void *arg,
                        struct err **err);
static void on_removed(void *arg, const struct proc_result *result);
static void on_done(void *arg, const struct proc_result *result);
static char *describe(const struct proc_result *result);

struct legacy_rule *legacy_rule_new(struct ev_loop *loop, uint32_t mark, void (*on_end)(void *arg),
                                    void *arg)
{
    struct legacy_rule *r = xcalloc(1, sizeof *r);

    r->loop = loop;
    r->mark = mark;
    r->on_end = on_end;
    r->arg = arg;
    r->tried = LEGACY_NO_CHAIN;
    return r;
}

void legacy_rule_free(struct legacy_rule *r)
{
    if (!r)
        return;
    proc_cancel(r->proc);
    free(r->failure);
    free(r);
}

void legacy_rule_ensure(struct legacy_rule *r, struct problems *problems)
{
    enum legacy_place place = legacy_table_place(DOCKER_USER_CHAIN, r->mark, DOCKER_USER_COMMENT);

    if (place == LEGACY_NO_CHAIN || place == LEGACY_FIRST) {
        r->tried = place;
        free(r->failure);
        r->failure = NULL;
        return;
    }
    bool vain = is_vain(r, place);
    if (vain && !r->proc && !r->failure)
        r->failure = xstrdup(PROGRAM " ended well, and the rule is not there");
    if (r->failure)
        problems_add(problems, "chain " DOCKER_USER_CHAIN,
                     "other hosts do not reach host ports: the rule that lets them in cannot be "
                     "written: %s",
                     r->failure);
    if (!r->proc && !vain)
        change(r, place);
}

int legacy_rule_remove(struct ev_loop *loop, uint32_t mark, bool dry_run, size_t *ret_n,
                       struct err **err)
{
    size_t n = legacy_table_count(DOCKER_USER_CHAIN, DOCKER_USER_COMMENT);

    for (size_t i = 0; !dry_run && i < n; i++) {
        CLEAN(free_str) char *failure = NULL;

        if (!run(loop, "-D", mark, on_removed, &failure, err))
            return -1;
        ev_run(loop, 0);
        if (failure)
            return err_set(err, "%s", failure);
    }
    *ret_n = n;
    return 0;
}

/* Has the program just been run for this, and changed nothing? */
static bool is_vain(const struct legacy_rule *r, enum legacy_place place)
{
    return place == r->tried && ev_now(r->loop) - r->started < RETRY_SECONDS;
}

/* A rule of ours that is astray is deleted first; the pass that follows inserts it. */
static void change(struct legacy_rule *r, enum legacy_place place)
{
    struct err *err = NULL;

    r->tried = place;
    r->started = ev_now(r->loop);
    r->proc = run(r->loop, place == LEGACY_ASTRAY ? "-D" : "-I", r->mark, on_done, r, &err);
    if (r->proc)
        return;
    free(r->failure);
    r->failure = xstrdup(err_msg(err));
    err_free(err);
    r->on_end(r->arg);
}

/* iptables-legacy -I|-D DOCKER-USER -m connmark --mark M/M -m comment --comment berth -j ACCEPT */
static struct proc *run(struct ev_loop *loop, const char *action, uint32_t mark,
                        void (*on_end)(void *arg, const struct proc_result *result), void *arg,
                        struct err **err)
{
    char text[32];

    snprintf(text, sizeof text, "0x%x/0x%x", mark, mark);
    const char *const argv[] = {
        PROGRAM, "-w", LOCK_SECONDS, action,      DOCKER_USER_CHAIN,   "-m", "connmark", "--mark",
        text,    "-m", "comment",    "--comment", DOCKER_USER_COMMENT, "-j", "ACCEPT",   NULL};
    return proc_run(loop, argv, PROGRAM_SECONDS, on_end, arg, err);
}

static void on_done(void *arg, const struct proc_result *result)
{
    struct legacy_rule *r = arg;

    r->proc = NULL;
    free(r->failure);
    r->failure = result->status ? describe(result) : NULL;
    if (!r->failure)
        log_info("portmap", "iptables-legacy has %s our rule in " DOCKER_USER_CHAIN,
                 r->tried == LEGACY_ASTRAY ? "deleted" : "inserted");
    r->on_end(r->arg);
}

/* What went wrong, with the first line that the program said; the caller frees it. */
static char *describe(const struct proc_result *result)
{
    struct sbuf text = SBUF_INIT;
    CLEAN(free_str) char *line = xstrndup(result->output, strcspn(result->output, "\n"));

    if (result->timed_out)
        sbuf_addf(&text, PROGRAM " did not end within %g seconds", PROGRAM_SECONDS);
    else
        sbuf_addf(&text, PROGRAM " ended with status %d: ", result->status);
    sbuf_add_printable(&text, line);
    return sbuf_take(&text);
}

static void on_removed(void *arg, const struct proc_result *result)
{
    if (result->status)
        *(char **)arg = describe(result);
}
