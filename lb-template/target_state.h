/* What target.c and target_apply.c share; nobody else includes it. */
#ifndef LB_TEMPLATE_TARGET_STATE_H
#define LB_TEMPLATE_TARGET_STATE_H

#include "lb-template/leavers.h"
#include "lb-template/mapview.h"
#include "lb-template/plan.h"
#include "lb-template/rtconn.h"
#include "lb-template/target.h"

/* Whose servers the answers tell. */
struct target_question {
    bool all;
    struct strv backends; /* where it is not about all */
};

struct target {
    struct ev_loop *loop;
    char *path;
    struct lb_counters *counters;

    /* from pass to pass */
    struct model synced; /* what the worker has been brought in step with; no part: read it all */
    struct mapviews maps;
    struct runtime_servers servers;
    struct leavers leavers;
    unsigned odd_passes;

    /* of the last look */
    bool running;
    struct runtime_info info;
    struct err *err;

    /* what is under way */
    struct target_wish wish;
    enum target_depth depth;
    struct backends wanted, loaded; /* those that are compared */
    struct plan plan;
    struct target_question question;
    struct rtconn *conn;
    void (*on_done)(void *arg);
    void *arg;
};

typedef void target_answer(void *arg, const struct strv *answers, const struct err *err);

/* Sends 'commands'; 'on_done' gets the target. */
void target_talk(struct target *t, const struct strv *commands, target_answer *on_done);

/* Appends the commands of the question; for very many backends it becomes one about all. */
void target_add_question(struct target_question *q, struct strv *commands);

/* How many answers it has. */
size_t target_question_size(const struct target_question *q);

/* Reads the answers to the question. */
int target_take_answers(struct target *t, char *const *answers);

/* Notes the first error, and that nothing is known any more. */
void target_fail(struct target *t, const struct err *err);

#endif
