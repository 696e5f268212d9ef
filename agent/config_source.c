#include "agent/config_source.h"

#include <stddef.h>
#include <unistd.h>

#include "portmap/pool.h"

void config_source_done(struct config_source *s)
{
    strv_done(&s->set);
}

const char *config_source_file(const struct config_source *s)
{
    if (s->file || s->fixed)
        return s->file;
    return s->had_default || !access(CONFIG_DEFAULT_FILE, F_OK) ? CONFIG_DEFAULT_FILE : NULL;
}

/* The default file counts only where it is; a file that was asked for must be there. */
int config_source_read(struct config_source *s, struct config *ret, struct err **err)
{
    const char *file = config_source_file(s);

    conf_defaults(&config_table, ret);
    if (file && conf_load(&config_table, ret, file, err))
        return -1;
    s->had_default = file && !s->file;
    for (size_t i = 0; i < s->set.n; i++)
        if (conf_set(&config_table, ret, s->set.v[i], err))
            return -1;
    return config_finish(ret, err);
}

int config_source_check_host(const struct config *c, struct err **err)
{
    return c->portmap ? pool_check(&c->pool_ports, err) : 0;
}
