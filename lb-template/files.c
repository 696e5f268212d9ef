#include "lb-template/files.h"

#include <string.h>

#include "lib/file.h"
#include "lib/xmalloc.h"

static int write_one(const char *path, const char *text, char **last, struct err **err);

void files_read(struct files *f, const char *cfg_path, const char *map_path, pid_t worker)
{
    files_done(f);
    f->cfg = file_read(cfg_path, FILES_MAX, NULL, NULL);
    f->map = file_read(map_path, FILES_MAX, NULL, NULL);
    f->of = worker;
    haproxy_cfg_parse(f->cfg ? f->cfg : "", &f->parsed);
}

int files_write(struct files *f, const char *cfg_path, const char *map_path, const char *cfg,
                const char *map, struct err **err)
{
    if (write_one(map_path, map, &f->map, err))
        return -1;
    if (f->cfg && !strcmp(f->cfg, cfg))
        return 0;
    if (write_one(cfg_path, cfg, &f->cfg, err))
        return -1;
    haproxy_cfg_done(&f->parsed);
    haproxy_cfg_parse(cfg, &f->parsed);
    return 0;
}

void files_done(struct files *f)
{
    free(f->cfg);
    free(f->map);
    haproxy_cfg_done(&f->parsed);
    *f = (struct files){0};
}

static int write_one(const char *path, const char *text, char **last, struct err **err)
{
    if (*last && !strcmp(*last, text))
        return 0;
    if (file_replace(path, text, strlen(text), FILES_MODE, err))
        return -1;
    free(*last);
    *last = xstrdup(text);
    return 0;
}
