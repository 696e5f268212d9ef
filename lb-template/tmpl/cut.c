#include "lb-template/tmpl/exec.h"

#include <stdlib.h>

static void hand_over_common(struct tmpl_exec *x);

/* A struct that was made of something of the caller's, in the main template. */
bool tmpl_cut_is_at(const struct tmpl_exec *x, const struct tmpl_value *dot)
{
    return x->run->cut && x->calls == 1 && dot->kind == TMPL_MAP && dot->map->of;
}

/* A piece is an execution of its own, so that nothing in it depends on anything but 'dot'. What it
 * fills in there is in its own memory, and forgotten with it. */
int tmpl_cut_piece(struct tmpl_exec *x, const struct tmpl_define *d, const struct tmpl_value *dot)
{
    const struct tmpl_cut *cut = x->run->cut;
    struct tmpl_map kept = *dot->map;
    struct tmpl_exec piece = {
        .t = x->t,
        .run = x->run,
        .result = x->result,
        .limits = x->limits,
        .steps = x->steps,
        .calls = x->calls,
        .regexes = x->regexes,
    };

    hand_over_common(x);
    if (cut->known(cut->arg, &d->name, kept.of))
        return 0;
    piece.out.limit = x->out.limit;
    tmpl_arena_init(&piece.arena, x->limits.memory);
    int result = tmpl_exec_define(&piece, d, *dot);
    if (!result)
        result = tmpl_charge(&piece, 0);
    if (!result)
        cut->made(cut->arg, &d->name, kept.of, piece.out.data, piece.out.len);
    x->out.limit -= piece.out.len < x->out.limit ? piece.out.len : x->out.limit;
    x->steps = piece.steps;
    x->regexes = piece.regexes;
    x->err = piece.err;
    *dot->map = kept;
    tmpl_arena_done(&piece.arena);
    free(piece.out.data);
    free(piece.vars);
    return result;
}

void tmpl_cut_rest(struct tmpl_exec *x)
{
    if (x->run->cut)
        hand_over_common(x);
}

static void hand_over_common(struct tmpl_exec *x)
{
    const struct tmpl_cut *cut = x->run->cut;

    if (x->out.len)
        cut->common(cut->arg, x->out.data, x->out.len);
    x->out.limit -= x->out.len < x->out.limit ? x->out.len : x->out.limit;
    x->out.len = 0;
}
