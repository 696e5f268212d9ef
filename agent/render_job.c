#include "agent/render_job.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/unidiff.h"
#include "lib/file.h"
#include "lib/xmalloc.h"

#define OUTPUT_MAX (256 * 1024 * 1024) /* bytes of a file that is compared */

int render_job_init(struct render_job *j, const char *spec, struct err **err)
{
    const char *first = strchr(spec, ':'), *second = first ? strchr(first + 1, ':') : NULL;
    size_t len;

    *j = (struct render_job){0};
    j->in = first ? xstrndup(spec, (size_t)(first - spec)) : xstrdup(spec);
    if (first && first[1] && second != first + 1)
        j->out = second ? xstrndup(first + 1, (size_t)(second - first - 1)) : xstrdup(first + 1);
    if (second && second[1])
        j->command = xstrdup(second + 1);
    if (!*j->in)
        return err_set(err, "-t %s names no template", spec);
    CLEAN(free_str) char *text = file_read(j->in, TMPL_TEXT_MAX, &len, err);
    if (!text)
        return -1;
    j->tmpl = tmpl_parse(j->in, text, len, NULL, NULL, err);
    return j->tmpl ? 0 : -1;
}

void render_job_done(struct render_job *j)
{
    tmpl_result_done(&j->result);
    tmpl_free(j->tmpl);
    free(j->in);
    free(j->out);
    free(j->command);
}

int render_job_run(struct render_job *j, const struct tmpl_run *run, struct err **err)
{
    tmpl_result_done(&j->result);
    if (tmpl_execute(j->tmpl, run, &j->result, err))
        return -1;
    j->complete = !j->result.deps.missing;
    return 0;
}

/* Whether the file has these bytes already; '*ret_mode' is its own, or 0644. */
static bool is_there(const char *path, const char *text, size_t len, mode_t *ret_mode)
{
    struct stat st;
    size_t size;

    *ret_mode = 0644;
    if (stat(path, &st))
        return false;
    *ret_mode = st.st_mode & 07777;
    if ((size_t)st.st_size != len)
        return false;
    CLEAN(free_str) char *old = file_read(path, OUTPUT_MAX, &size, NULL);
    return old && size == len && !memcmp(old, text, len);
}

static int make_parent(const char *path, struct err **err)
{
    const char *slash = strrchr(path, '/');
    CLEAN(free_str) char *parent = slash ? xstrndup(path, (size_t)(slash - path)) : NULL;

    return parent && *parent ? file_make_dirs(parent, 0755, err) : 0;
}

static int set_owner(const struct tmpl_write *w, struct err **err)
{
    const struct passwd *user = *w->user ? getpwnam(w->user) : NULL;
    const struct group *group = *w->group ? getgrnam(w->group) : NULL;

    if (*w->user && !user)
        return err_set(err, "writeToFile: there is no user %s", w->user);
    if (*w->group && !group)
        return err_set(err, "writeToFile: there is no group %s", w->group);
    if ((user || group) &&
        chown(w->path, user ? user->pw_uid : (uid_t)-1, group ? group->gr_gid : (gid_t)-1))
        return err_set_errno(err, errno, "cannot give %s away", w->path);
    return 0;
}

/* Appending keeps what is there; the whole is replaced at once all the same. */
static int carry_out(const struct tmpl_write *w, struct err **err)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    size_t len = 0;
    mode_t mode;

    if (w->append) {
        CLEAN(free_str) char *old = file_read(w->path, OUTPUT_MAX, &len, NULL);

        sbuf_add(&text, old ? old : "", old ? len : 0);
    }
    sbuf_add(&text, w->data, w->len);
    if (make_parent(w->path, err))
        return -1;
    if (!is_there(w->path, text.data, text.len, &mode) &&
        file_replace(w->path, text.data, text.len, w->mode, err))
        return -1;
    return set_owner(w, err);
}

int render_job_write(struct render_job *j, struct err **err)
{
    const char *text = sbuf_str(&j->result.text);
    size_t len = j->result.text.len;
    mode_t mode;

    for (size_t i = 0; i < j->result.n_writes; i++)
        if (carry_out(&j->result.writes[i], err))
            return -1;
    if (!j->out) {
        if (fwrite(text, 1, len, stdout) != len || fflush(stdout))
            return err_set_errno(err, errno, "cannot write to stdout");
        return 0;
    }
    if (is_there(j->out, text, len, &mode))
        return 0;
    if (make_parent(j->out, err) || file_replace(j->out, text, len, mode, err))
        return -1;
    j->changed = true;
    return 0;
}

int render_job_diff(const struct render_job *j, struct sbuf *out, struct err **err)
{
    const struct sbuf *text = &j->result.text;
    struct err *failed = NULL;
    size_t len = 0;

    if (!j->out)
        return err_set(err, "%s: --diff needs a file to compare with: -t %s:FILE", j->in, j->in);
    CLEAN(free_str) char *old = file_read(j->out, OUTPUT_MAX, &len, &failed);
    if (!old && err_code(failed) != ENOENT) {
        err_set(err, "%s", err_msg(failed));
        err_free(failed);
        return -1;
    }
    err_free(failed);
    unidiff(j->out, old ? old : "", old ? len : 0, text->data ? text->data : "", text->len, out);
    return 0;
}
