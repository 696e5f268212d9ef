#include "lb-template/tmpl/ask.h"

#include <stdlib.h>

#include "lib/xmalloc.h"

#define DEPS_MAX 100000 /* of one execution */
#define TEXT_MAX 4096   /* bytes of a dependency */

int tmpl_ask(struct tmpl_exec *x, enum tmpl_dep_kind kind, const struct tmpl_value *text,
             struct tmpl_value *ret, enum tmpl_answer *ret_answer)
{
    const struct tmpl_source *source = x->run->source;
    struct tmpl_deps *deps = &x->result->deps;
    CLEAN(err) struct err *err = NULL;

    if (!source)
        return tmpl_fail(x, "error calling %s: there is no source of data", tmpl_dep_name(kind));
    if (text->len > TEXT_MAX || memchr(text->s, '\0', text->len) || deps->n >= DEPS_MAX)
        return tmpl_fail(x, "error calling %s: %s", tmpl_dep_name(kind),
                         deps->n >= DEPS_MAX ? "too many dependencies" : "the name is too long");
    *ret_answer = source->get(source->arg, kind, text->s, text->len, &x->arena, ret, &err);
    if (*ret_answer == TMPL_ERROR)
        return tmpl_fail(x, "error calling %s: %s", tmpl_dep_name(kind), err_msg(err));
    CLEAN(free_str) char *copy = xstrndup(text->s, text->len);
    tmpl_deps_add(deps, kind, copy, *ret_answer == TMPL_PENDING);
    return tmpl_charge(x, 1 + text->len / 16);
}

void tmpl_ask_mark_missing(struct tmpl_exec *x, enum tmpl_dep_kind kind,
                           const struct tmpl_value *text)
{
    CLEAN(free_str) char *copy = xstrndup(text->s, text->len);

    tmpl_deps_add(&x->result->deps, kind, copy, true);
}
