#include "lb-template/mlb/options.h"

#include <stdlib.h>
#include <string.h>

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
