/* Values -> JSON, YAML, TOML. */
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/json_value.h"
#include "lb-template/tmpl/text.h"

static int finish(struct tmpl_exec *x, const char *name, int failed, struct tmpl_buf *b,
                  const struct err *err, struct tmpl_value *ret)
{
    if (b->over)
        return tmpl_charge(x, 0);
    if (failed)
        return tmpl_fail(x, "error calling %s: %s", name, err_msg(err));
    *ret = tmpl_trim_space(tmpl_buf_value(b));
    return tmpl_charge(x, b->len / 8);
}

static int to_json(struct tmpl_exec *x, const char *name, bool pretty, bool escape,
                   const struct tmpl_value *v, struct tmpl_value *ret)
{
    const struct tmpl_json_style style = {.pretty = pretty, .escape = escape};
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    CLEAN(err) struct err *err = NULL;
    int failed = tmpl_to_json(&b, v, &style, &err);

    return finish(x, name, failed, &b, err, ret);
}

static int fn_to_json(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)n;
    return to_json(x, "toJSON", false, true, &args[0], ret);
}

static int fn_to_json_pretty(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                             struct tmpl_value *ret)
{
    (void)n;
    return to_json(x, "toJSONPretty", true, true, &args[0], ret);
}

static int fn_to_unescaped_json(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                                struct tmpl_value *ret)
{
    (void)n;
    return to_json(x, "toUnescapedJSON", false, false, &args[0], ret);
}

static int fn_to_unescaped_json_pretty(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                                       struct tmpl_value *ret)
{
    (void)n;
    return to_json(x, "toUnescapedJSONPretty", true, false, &args[0], ret);
}

static int fn_to_yaml(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    CLEAN(err) struct err *err = NULL;
    int failed = tmpl_to_yaml(&b, &args[0], &err);

    (void)n;
    return finish(x, "toYAML", failed, &b, err, ret);
}

static int fn_to_toml(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    CLEAN(err) struct err *err = NULL;
    int failed = tmpl_to_toml(&b, &args[0], &err);

    (void)n;
    return finish(x, "toTOML", failed, &b, err, ret);
}

const struct tmpl_function tmpl_fn_encode[] = {
    {.name = "toJSON", .args = "a", .call = fn_to_json},
    {.name = "toJSONPretty", .args = "a", .call = fn_to_json_pretty},
    {.name = "toUnescapedJSON", .args = "a", .call = fn_to_unescaped_json},
    {.name = "toUnescapedJSONPretty", .args = "a", .call = fn_to_unescaped_json_pretty},
    {.name = "toYAML", .args = "a", .call = fn_to_yaml},
    {.name = "toTOML", .args = "a", .call = fn_to_toml},
    {.name = "sprig_toJson", .args = "a", .call = fn_to_json},
    {.name = "sprig_toPrettyJson", .args = "a", .call = fn_to_json_pretty},
    {.name = "sprig_toRawJson", .args = "a", .call = fn_to_unescaped_json},
    {0},
};
