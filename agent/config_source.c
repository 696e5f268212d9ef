#include "agent/config_source.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf_where.h"
#include "lib/file.h"
#include "lib/xmalloc.h"
#include "portmap/pool.h"

/* What is needed to say where values come from. */
struct dumping {
    const struct config_source *source;
    const char *file, *text; /* NULL: there is none */
};

static char *origin(void *arg, const char *name);

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

void config_source_dump(const struct config_source *s, const struct config *config,
                        struct sbuf *out)
{
    const char *file = config_source_file(s);
    CLEAN(free_str) char *text = file ? file_read(file, CONF_FILE_MAX, NULL, NULL) : NULL;
    struct dumping d = {s, file, text};

    conf_dump(&config_table, config, &(struct conf_origin){origin, &d}, out);
}

int config_source_check_host(const struct config *c, struct err **err)
{
    return c->portmap ? pool_check(&c->pool_ports, err) : 0;
}

/* The command line counts more than the file. */
static char *origin(void *arg, const char *name)
{
    const struct dumping *d = arg;
    size_t len = strlen(name);
    unsigned line = d->text ? conf_where(d->text, name) : 0;

    for (size_t i = 0; i < d->source->set.n; i++)
        if (!strncmp(d->source->set.v[i], name, len) && d->source->set.v[i][len] == '=')
            return xstrdup("the command line");
    return line ? xasprintf("%s:%u", d->file, line) : NULL;
}
