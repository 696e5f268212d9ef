/* What pass.c and pass_load.c share; nobody else includes it. */
#ifndef LB_TEMPLATE_PASS_STATE_H
#define LB_TEMPLATE_PASS_STATE_H

#include "lb-template/bans.h"
#include "lb-template/files.h"
#include "lb-template/gate.h"
#include "lb-template/haproxy.h"
#include "lb-template/pass.h"
#include "lb-template/patched.h"
#include "lb-template/trial.h"

struct pass {
    struct ev_loop *loop;
    const struct settings *settings;
    struct renderer *renderer;
    struct haproxy *haproxy;
    struct lb_counters counters;

    /* from pass to pass */
    struct targets targets;
    struct model loaded; /* what the workers of 'loaded_by' run, as far as it is known */
    uint64_t loaded_by;
    bool just_loaded; /* the workers that answer next run 'model' */
    struct gate gate;
    struct bans bans;
    struct files files;
    struct runs runs;  /* behind the servers, as of the last time that all was in step */
    double mute_since; /* HAProxy lives but does not answer; 0: it does */
    double read_all;   /* when everything was read */
    double read_next;  /* not again before, while a reload waits; 0: any time */

    /* what there should be; 'wish' is made of the others */
    const struct rendering *rendering; /* NULL: nothing is known yet */
    struct patched patched;            /* the same, where banned owners stay as they were */
    struct model model;
    struct files_wish wish;

    /* this pass */
    struct problems *problems;
    void (*on_done)(void *arg, struct err *err);
    void *arg;
    struct err *err;
    struct trial trial;
    enum target_depth depth; /* of the last look */
    bool has_tried;          /* to load; at most once a pass */
    bool waits;              /* what runs is not to stay: the files are left as its */
    double next;
};

/* ---- pass.c ---- */

/* Asks the renderer, without some owners; 'arg' is the pass. What it says is wanted from now on.
 * NULL: nothing has ever been rendered. */
const struct files_wish *pass_make(void *arg, const struct strv *without);

/* Looks at all HAProxys, and goes on with 'on_done'. */
void pass_look(struct pass *p, enum target_depth depth, void (*on_done)(void *arg));

/* What to do about what was seen; 'arg' is the pass. */
void pass_decide(void *arg);

/* The files and the runtime commands, and then the end of the pass; 'arg' is the pass. */
void pass_apply(void *arg);

/* There is something to do again at 'when'; 0: never. */
void pass_note_next(struct pass *p, double when);

/* The first error of a pass is the one that is told. */
void pass_note_err(struct pass *p, const struct err *err);
void pass_complain(struct pass *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

void pass_finish(struct pass *p);

/* ---- pass_load.c ---- */

/* Does it take more than runtime commands? */
bool pass_needs_load(const struct pass *p);

/* Is it too early for that, or for others to do? What is wrong is noted. */
bool pass_must_wait(struct pass *p);

/* Finds what HAProxy takes, loads it, and goes on. */
void pass_load(struct pass *p);

/* Goes on after a refusal, of now or of before. */
void pass_serve_last_good(struct pass *p);

#endif
