#include "tests/unit/tmpl-run.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/tmpl/data.h"
#include "lb-template/tmpl/json_value.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define NOON 1700000000.25 /* 2023-11-14T22:13:20.25Z */

static void execute(const struct tmpl *t, struct tmpl_data *data, const json_t *document,
                    const struct tmpl_run *run, struct tmpl_result *result, struct err **err)
{
    struct tmpl_source source = {tmpl_data_get, data};
    struct tmpl_arena arena;
    struct tmpl_value dot = tmpl_none();
    struct tmpl_run r = run ? *run : (struct tmpl_run){0};

    tmpl_arena_init(&arena, 0);
    if (json_object_get(document, "dot"))
        tmpl_from_json(&arena, json_object_get(document, "dot"), true, &dot, NULL);
    r.source = &source;
    r.dot = &dot;
    r.now = NOON;
    tmpl_execute(t, &r, result, err);
    tmpl_arena_done(&arena);
}

char *tmpl_run_one(const char *json, const char *text, const struct tmpl_run *run,
                   struct tmpl_deps *deps)
{
    struct err *err = NULL;
    struct tmpl_result result = {0};
    json_t *document = json_parse(json ? json : "{}", json ? strlen(json) : 2, &err);
    struct tmpl_data *data = document ? tmpl_data_new(document, &err) : NULL;
    struct tmpl *t = data ? tmpl_parse("t", text, strlen(text), NULL, NULL, &err) : NULL;

    if (t)
        execute(t, data, document, run, &result, &err);
    char *got = err ? xasprintf("error: %s", err_msg(err)) : sbuf_take(&result.text);
    if (deps) {
        *deps = result.deps;
        result.deps = (struct tmpl_deps){0};
    }
    tmpl_result_done(&result);
    tmpl_free(t);
    tmpl_data_free(data);
    json_decref(document);
    err_free(err);
    return got;
}

/* Names of checks are one line without TAP's own sign. */
static char *name_of(const char *text)
{
    char *name = xstrdup(text);

    for (char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == '#')
            *c = '~';
    if (strlen(name) > 100)
        name[100] = '\0';
    return name;
}

void tmpl_run_cases(const char *json, const struct tmpl_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *got = tmpl_run_one(json, cases[i].text, NULL, NULL), *name = name_of(cases[i].text);

        is_str(got, cases[i].wanted, "%s", name);
        free(got);
        free(name);
    }
}

void tmpl_run_errors(const char *json, const struct tmpl_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *got = tmpl_run_one(json, cases[i].text, NULL, NULL), *name = name_of(cases[i].text);
        const char *found = strncmp(got, "error: ", 7) ? NULL : strstr(got, cases[i].wanted);

        if (!ok(found, "fails: %s", name))
            is_str(got, cases[i].wanted, "what it gave");
        free(got);
        free(name);
    }
}
