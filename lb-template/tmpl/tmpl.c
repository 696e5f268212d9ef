#include "lb-template/tmpl/tmpl.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/tmpl/exec.h"
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/parse.h"
#include "lib/xmalloc.h"

const struct tmpl_limits tmpl_limits_default = {
    .output = 64 * 1024 * 1024,
    .memory = 256 * 1024 * 1024,
    .steps = 25 * 1000 * 1000,
    .calls = 500,
};

static struct tmpl *tmpl_new(const char *name, const char *text, size_t len,
                             const struct tmpl_function *const *functions)
{
    struct tmpl *t = xcalloc(1, sizeof *t);

    t->functions = functions;
    t->name = xstrdup(name);
    t->text = xmalloc(len + 1);
    memcpy(t->text, text, len);
    t->text[len] = '\0';
    t->len = len;
    tmpl_arena_init(&t->arena, 0);
    return t;
}

static int parse(struct tmpl *t, const char *left, const char *right, struct err **err)
{
    struct tmpl_fault fault = {0};
    struct tmpl_parser p = {.t = t, .fault = &fault};
    int result = tmpl_lex(t->text, t->len, left, right, &p.tokens, &fault);

    if (!result) {
        p.vars = xgrow(p.vars, 0, &p.cap_vars, sizeof *p.vars);
        p.vars[p.n_vars++] = tmpl_cstr("$");
        result = tmpl_parse_tokens(&p);
    }
    free(p.vars);
    tmpl_tokens_done(&p.tokens);
    if (result) {
        tmpl_locate(t, fault.pos, &fault.err);
        err_set(err, "%s", err_msg(fault.err));
        err_free(fault.err);
    }
    return result;
}

static int check_delimiter(const char *delimiter, struct err **err)
{
    size_t len = strlen(delimiter);

    if (len && len <= TMPL_DELIMITER_MAX && !strpbrk(delimiter, " \t\r\n"))
        return 0;
    return err_set(err, "a delimiter has 1 to %d bytes and no blanks, not \"%.40s\"",
                   TMPL_DELIMITER_MAX, delimiter);
}

/* 't', parsed; NULL on failure, and it is freed. */
static struct tmpl *parsed(struct tmpl *t, const char *left, const char *right, struct err **err)
{
    if (!parse(t, left, right, err))
        return t;
    tmpl_free(t);
    return NULL;
}

static int check_size(const char *name, size_t len, struct err **err)
{
    if (len <= TMPL_TEXT_MAX)
        return 0;
    return err_set(err, "template: %s: it has more than %d bytes", name, TMPL_TEXT_MAX);
}

struct tmpl *tmpl_parse(const char *name, const char *text, size_t len, const char *left,
                        const char *right, struct err **err)
{
    return tmpl_parse_denied(name, text, len, left, right, NULL, err);
}

struct tmpl *tmpl_parse_denied(const char *name, const char *text, size_t len, const char *left,
                               const char *right, const struct strv *denied, struct err **err)
{
    left = left ? left : "{{";
    right = right ? right : "}}";
    if (check_delimiter(left, err) || check_delimiter(right, err) || check_size(name, len, err))
        return NULL;
    struct tmpl *t = tmpl_new(name, text, len, tmpl_functions);
    t->denied = denied;
    t = parsed(t, left, right, err);
    if (t)
        t->denied = NULL;
    return t;
}

struct tmpl *tmpl_parse_registrator(const char *name, const char *text, size_t len,
                                    struct err **err)
{
    if (check_size(name, len, err))
        return NULL;
    return parsed(tmpl_new(name, text, len, tmpl_functions_registrator), "{{", "}}", err);
}

void tmpl_free(struct tmpl *t)
{
    if (!t)
        return;
    tmpl_arena_done(&t->arena);
    free(t->name);
    free(t->text);
    free(t);
}

/* The output moves into the result without a copy. */
static void hand_over(struct tmpl_exec *x, struct tmpl_result *ret)
{
    sbuf_done(&ret->text);
    ret->text = (struct sbuf){x->out.data, x->out.len, x->out.cap};
    ret->steps = x->steps;
    ret->memory = x->arena.used;
}

bool tmpl_asks(const struct tmpl *t)
{
    return t->asks;
}

int tmpl_execute(const struct tmpl *t, const struct tmpl_run *run, struct tmpl_result *ret,
                 struct err **err)
{
    struct tmpl_exec x = {.t = t, .run = run, .result = ret};

    x.limits = run->limits ? *run->limits : tmpl_limits_default;
    x.out.limit = x.limits.output;
    tmpl_arena_init(&x.arena, x.limits.memory);
    int result = tmpl_exec_define(&x, t->main, run->dot ? *run->dot : tmpl_none());
    if (!result)
        result = tmpl_charge(&x, 0); /* the last piece may have been too much */
    if (!result)
        tmpl_cut_rest(&x);
    hand_over(&x, ret);
    if (result) {
        err_set(err, "%s", err_msg(x.err));
        err_free(x.err);
    }
    tmpl_regexes_free(x.regexes);
    tmpl_arena_done(&x.arena);
    free(x.vars);
    return result;
}

void tmpl_result_done(struct tmpl_result *r)
{
    sbuf_done(&r->text);
    tmpl_deps_done(&r->deps);
    for (size_t i = 0; i < r->n_writes; i++) {
        free(r->writes[i].path);
        free(r->writes[i].user);
        free(r->writes[i].group);
        free(r->writes[i].data);
    }
    free(r->writes);
    *r = (struct tmpl_result){0};
}
