#include "agent/tags.h"

#include <string.h>

#include "agent/inspect_value.h"
#include "lib/clean.h"
#include "registrator/metadata.h"

/* Far more than 64 tags of 512 bytes need; 100,000 steps take some 3 ms. */
static const struct tmpl_limits limits = {
    .output = 64 * 1024, .memory = 32 * 1024 * 1024, .steps = 100000, .calls = 50};

bool tags_is_template(const char *text)
{
    return strstr(text, "{{");
}

struct tmpl *tags_parse(const char *text, struct err **err)
{
    return tmpl_parse_registrator("tags", text, strlen(text), err);
}

/* The message without the line of the template and the caret below it. */
static int first_line(struct err *failed, struct err **err)
{
    const char *text = err_msg(failed);

    err_set(err, "%.*s", (int)strcspn(text, "\n"), text);
    err_free(failed);
    return -1;
}

int tags_render(const struct tmpl *t, json_t *doc, struct strv *ret, struct err **err)
{
    struct tmpl_arena arena;
    struct tmpl_value dot;
    struct tmpl_result result = {0};
    struct err *failed = NULL;

    tmpl_arena_init(&arena, 0);
    if (!inspect_value(&arena, doc, &dot, &failed) &&
        !tmpl_execute(t, &(struct tmpl_run){.limits = &limits, .dot = &dot}, &result, &failed))
        metadata_split_tags(sbuf_str(&result.text), ret);
    tmpl_result_done(&result);
    tmpl_arena_done(&arena);
    return failed ? first_line(failed, err) : 0;
}
