#include "lb-template/trial.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/alert.h"
#include "lb-template/keep.h"
#include "lib/clean.h"
#include "lib/file.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

static void on_whole(void *arg, const struct proc_result *result, const struct err *err);
static bool ban_named(struct trial *t, const char *output);
static bool ban(struct trial *t, const struct rendering *r, const char *owner, const char *why);
static void keep(struct trial *t, const struct rendering *r, const char *owner);
static void search(struct trial *t);
static void list_owners(struct trial *t);
static void check_part(struct trial *t, size_t n);
static void on_part(void *arg, const struct proc_result *result, const struct err *err);
static void run(struct trial *t, void (*on_done)(void *arg, const struct proc_result *result,
                                                 const struct err *err));
static bool took(struct trial *t, const struct proc_result *result);
static void refuse(struct trial *t);
static void end(struct trial *t, enum trial_verdict verdict, const struct err *err);

void trial_start(struct trial *t, const struct files_wish *wish, const struct trial_call *call)
{
    trial_done(t);
    t->call = *call;
    t->wish = wish;
    run(t, on_whole);
}

void trial_done(struct trial *t)
{
    free(t->why);
    strv_done(&t->owners);
    strv_done(&t->without);
    *t = (struct trial){0};
}

static void on_whole(void *arg, const struct proc_result *result, const struct err *err)
{
    struct trial *t = arg;

    if (!result) {
        end(t, TRIAL_BROKEN, err);
    } else if (took(t, result)) {
        end(t, TRIAL_GOOD, NULL);
    } else {
        t->refusals++;
        if (ban_named(t, result->output)) {
            t->wish = t->call.make(t->call.arg, &t->call.bans->owners);
            run(t, on_whole);
        } else {
            search(t);
        }
    }
}

/* Bans the owners of all lines that HAProxy complains about. */
static bool ban_named(struct trial *t, const char *output)
{
    const struct files_wish *w = t->wish;
    struct strv owners = {0}, whys = {0};
    bool found = false;

    for (const char *at = output; *at;) {
        CLEAN(free_str) char *why = NULL;
        size_t line = alert_line(&at, haproxy_check_path(t->call.haproxy), &why);
        const char *owner = line ? rendering_owner_at(w->rendering, w->without, line) : NULL;

        if (owner && !strv_contains(&owners, owner)) {
            strv_add(&owners, owner);
            strv_add(&whys, why);
        }
    }
    /* What is kept of them is a part of what has been checked: it goes when all is read. */
    for (size_t i = 0; i < owners.n; i++)
        found |= ban(t, w->rendering, owners.v[i], whys.v[i]);
    strv_done(&owners);
    strv_done(&whys);
    return found;
}

/* What is kept of an owner may be refused as well, in another company: that ends with it. Returns
 * whether anything is new. */
static bool ban(struct trial *t, const struct rendering *r, const char *owner, const char *why)
{
    if (!bans_add(t->call.bans, owner, r, why, t->call.until))
        return bans_forget(t->call.bans, owner);
    keep(t, r, owner);
    return true;
}

static void keep(struct trial *t, const struct rendering *r, const char *owner)
{
    CLEAN(free_str) char *file = file_read(t->call.cfg_path, FILES_MAX, NULL, NULL);
    CLEAN(sbuf) struct sbuf piece = SBUF_INIT;

    for (size_t i = 0; i < r->n; i++)
        if (r->v[i].owner && !strcmp(r->v[i].owner, owner))
            sbuf_add(&piece, r->v[i].text, r->v[i].len);
    char *kept = file ? keep_sections(file, sbuf_str(&piece)) : NULL;
    if (kept)
        bans_keep(t->call.bans, owner, kept);
}

/* Nobody is named: the shortest list of owners that is refused ends with the one to blame. */
static void search(struct trial *t)
{
    list_owners(t);
    t->good = 0;
    t->bad = t->owners.n;
    if (t->bad)
        check_part(t, 0);
    else
        refuse(t);
}

static void list_owners(struct trial *t)
{
    const struct rendering *r = t->wish->rendering;

    strv_done(&t->owners);
    for (size_t i = 0; i < r->n; i++)
        if (r->v[i].owner && !rendering_leaves_out(&r->v[i], &t->call.bans->owners))
            strv_add(&t->owners, r->v[i].owner);
    strv_sort_unique(&t->owners);
}

/* With the first 'n' owners alone. */
static void check_part(struct trial *t, size_t n)
{
    t->now = n;
    strv_done(&t->without);
    strv_copy(&t->without, &t->call.bans->owners);
    for (size_t i = n; i < t->owners.n; i++)
        strv_add(&t->without, t->owners.v[i]);
    strv_sort_unique(&t->without);
    t->wish = t->call.make(t->call.arg, &t->without);
    run(t, on_part);
}

static void on_part(void *arg, const struct proc_result *result, const struct err *err)
{
    struct trial *t = arg;

    if (!result) {
        end(t, TRIAL_BROKEN, err);
        return;
    }
    if (took(t, result))
        t->good = t->now;
    else
        t->bad = t->now;
    if (!t->bad && bans_forget(t->call.bans, NULL)) {
        t->wish = t->call.make(t->call.arg, &t->call.bans->owners);
        run(t, on_whole);
    } else if (!t->bad) { /* not even without all of them */
        refuse(t);
    } else if (t->bad - t->good > 1) {
        check_part(t, t->good + (t->bad - t->good) / 2);
    } else {
        t->wish = t->call.make(t->call.arg, &t->call.bans->owners);
        ban(t, t->wish->rendering, t->owners.v[t->bad - 1], t->why);
        t->wish = t->call.make(t->call.arg, &t->call.bans->owners);
        run(t, on_whole);
    }
}

static void run(struct trial *t,
                void (*on_done)(void *arg, const struct proc_result *result, const struct err *err))
{
    if (!t->wish || t->runs++ >= TRIAL_RUNS_MAX)
        refuse(t);
    else
        haproxy_check(t->call.haproxy, t->wish, on_done, t);
}

/* Does HAProxy take it? Its words are kept where it does not. */
static bool took(struct trial *t, const struct proc_result *result)
{
    if (!result->status && !result->timed_out)
        return true;
    free(t->why);
    t->why = alert_of(result->output, result->len, result->timed_out);
    return false;
}

static void refuse(struct trial *t)
{
    CLEAN(err) struct err *err = NULL;

    err_set(&err, "HAProxy refuses the configuration: %s", t->why ? t->why : "no reason given");
    end(t, TRIAL_REFUSED, err);
}

static void end(struct trial *t, enum trial_verdict verdict, const struct err *err)
{
    struct trial_call call = t->call;
    unsigned refusals = t->refusals;

    trial_done(t);
    call.on_done(call.arg, verdict, refusals, err);
}
