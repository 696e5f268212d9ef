#include "lb-template/mlb/options.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/mlb/translate.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

void mlb_options_done(struct mlb_options *o)
{
    strv_done(&o->groups);
    strv_done(&o->ssl_certs);
    for (size_t i = 0; i < MLB_TEMPLATES; i++) {
        free(o->templates[i]);
        o->templates[i] = NULL;
    }
}

int mlb_options_set_template(struct mlb_options *o, enum mlb_template id, const char *text,
                             struct err **err)
{
    CLEAN(sbuf) struct sbuf now = SBUF_INIT;

    sbuf_adds(&now, "");
    if (mlb_translate(text, &now, err))
        return err_wrap(err, "HAPROXY_%s", mlb_template_info(id)->name);
    mlb_options_end_line(id, &now);
    free(o->templates[id]);
    o->templates[id] = sbuf_take(&now);
    return 0;
}

void mlb_options_end_line(enum mlb_template id, struct sbuf *text)
{
    if (mlb_template_info(id)->scope != MLB_SCOPE_WORDS && text->len &&
        text->data[text->len - 1] != '\n')
        sbuf_addch(text, '\n');
}

const char *mlb_options_template(const struct mlb_options *o, enum mlb_template id)
{
    return o->templates[id] ? o->templates[id] : mlb_template_info(id)->text;
}

bool mlb_options_takes(const struct mlb_options *o, const char *groups)
{
    if (strv_contains(&o->groups, "*"))
        return true;
    while (groups && *groups) {
        size_t len = strcspn(groups, ",");
        CLEAN(free_str) char *group = xstrndup(groups, len);

        if (strv_contains(&o->groups, group))
            return true;
        groups += len + (groups[len] == ',');
    }
    return false;
}
