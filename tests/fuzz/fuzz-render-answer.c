/* An answer of Consul's to each kind of a template's dependency. */
#include "agent/render_answer.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    for (int kind = 0; kind < TMPL_DEP_FILE; kind++) {
        CLEAN(tmpl_arena) struct tmpl_arena arena;
        CLEAN(err) struct err *err = NULL;
        struct tmpl_value value;
        enum tmpl_answer answer;

        tmpl_arena_init(&arena, 1024 * 1024);
        render_answer_read((enum tmpl_dep_kind)kind, kind == TMPL_DEP_NODES ? "" : "a",
                           (const char *)data, len, &arena, &value, &answer, &err);
    }
    return 0;
}
