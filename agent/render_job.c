#include "agent/render_job.h"

#include <errno.h>
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

static int load(struct render_job *j, struct err **err)
{
    const struct render_target *t = &j->target;
    size_t len = t->contents ? strlen(t->contents) : 0;
    CLEAN(free_str)
    char *text =
        t->contents ? xstrdup(t->contents) : file_read(t->source, TMPL_TEXT_MAX, &len, err);

    if (text)
        j->tmpl =
            tmpl_parse_denied(render_job_name(j), text, len, t->left, t->right, &t->denied, err);
    return j->tmpl ? 0 : -1;
}

int render_job_init(struct render_job *j, struct render_target *target, struct err **err)
{
    *j = (struct render_job){.target = *target};
    *target = (struct render_target){0};
    return load(j, err);
}

void render_job_done(struct render_job *j)
{
    tmpl_result_done(&j->result);
    tmpl_free(j->tmpl);
    render_target_done(&j->target);
}

const char *render_job_name(const struct render_job *j)
{
    return j->target.source ? j->target.source : "(contents)";
}

int render_job_run(struct render_job *j, const struct tmpl_run *run, struct err **err)
{
    struct tmpl_run own = *run;

    own.error_on_missing_key |= j->target.error_on_missing_key;
    tmpl_result_done(&j->result);
    j->complete = false;
    if (tmpl_execute(j->tmpl, &own, &j->result, err))
        return -1;
    j->complete = !j->result.deps.missing;
    return 0;
}

/* Whether the file has these bytes already; '*ret_old' says what it is like: no file, no link. */
static bool is_there(const char *path, const char *text, size_t len, struct stat *ret_old)
{
    size_t size;

    *ret_old = (struct stat){0};
    if (stat(path, ret_old) || (size_t)ret_old->st_size != len)
        return false;
    CLEAN(free_str) char *old = file_read(path, OUTPUT_MAX, &size, NULL);
    return old && size == len && !memcmp(old, text, len);
}

/* Gives 'path' to 'user' and 'group'; NULL or "": as it is. */
static int set_owner(const char *path, const char *user, const char *group, struct err **err)
{
    const struct passwd *u = user && *user ? getpwnam(user) : NULL;
    const struct group *g = group && *group ? getgrnam(group) : NULL;

    if (user && *user && !u)
        return err_set(err, "%s: there is no user %s", path, user);
    if (group && *group && !g)
        return err_set(err, "%s: there is no group %s", path, group);
    if ((u || g) && chown(path, u ? u->pw_uid : (uid_t)-1, g ? g->gr_gid : (gid_t)-1))
        return err_set_errno(err, errno, "cannot give %s away", path);
    return 0;
}

/* Appending keeps what is there; the whole is replaced at once all the same. */
static int carry_out(const struct tmpl_write *w, struct err **err)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct stat st;
    size_t len = 0;

    if (w->append) {
        CLEAN(free_str) char *old = file_read(w->path, OUTPUT_MAX, &len, NULL);

        sbuf_add(&text, old ? old : "", old ? len : 0);
    }
    sbuf_add(&text, w->data, w->len);
    if (file_make_dirs_of(w->path, 0755, err))
        return -1;
    if (!is_there(w->path, sbuf_str(&text), text.len, &st) &&
        file_replace(w->path, sbuf_str(&text), text.len, w->mode, err))
        return -1;
    if (set_owner(w->path, w->user, w->group, err))
        return err_wrap(err, "writeToFile");
    return 0;
}

/* A second name for what is there now, which the new file does not touch. */
static int keep_backup(const char *path, struct err **err)
{
    CLEAN(free_str) char *backup = xasprintf("%s.bak", path);

    if ((unlink(backup) && errno != ENOENT) || (link(path, backup) && errno != ENOENT))
        return err_set_errno(err, errno, "cannot keep %s as %s", path, backup);
    return 0;
}

/* 'old' is what the file was like. */
static int replace(const struct render_target *t, const struct sbuf *text, const struct stat *old,
                   struct err **err)
{
    const char *path = t->destination;
    mode_t mode = t->perms >= 0 ? (mode_t)t->perms : old->st_mode ? old->st_mode & 07777 : 0644;

    if (t->make_dirs && file_make_dirs_of(path, 0755, err))
        return -1;
    if ((t->backup && keep_backup(path, err)) ||
        file_replace(path, text->data ? text->data : "", text->len, mode, err))
        return -1;
    if (old->st_mode && (old->st_uid != geteuid() || old->st_gid != getegid()) &&
        chown(path, old->st_uid, old->st_gid))
        return err_set_errno(err, errno, "cannot leave %s to its owner", path);
    return set_owner(path, t->user, t->group, err);
}

static int write_stdout(const struct sbuf *text, struct err **err)
{
    if (fwrite(text->data ? text->data : "", 1, text->len, stdout) != text->len || fflush(stdout))
        return err_set_errno(err, errno, "cannot write to stdout");
    return 0;
}

int render_job_write(struct render_job *j, struct err **err)
{
    const struct render_target *t = &j->target;
    const struct sbuf *text = &j->result.text;
    struct stat old;

    j->changed = false;
    for (size_t i = 0; i < j->result.n_writes; i++)
        if (carry_out(&j->result.writes[i], err))
            return -1;
    if (!t->destination)
        return write_stdout(text, err);
    if (is_there(t->destination, text->data ? text->data : "", text->len, &old)) {
        if (t->perms >= 0 && (old.st_mode & 07777) != (mode_t)t->perms &&
            chmod(t->destination, (mode_t)t->perms))
            return err_set_errno(err, errno, "cannot set the mode of %s", t->destination);
        return 0;
    }
    if (replace(t, text, &old, err))
        return -1;
    j->changed = true;
    return 0;
}

int render_job_diff(const struct render_job *j, struct sbuf *out, struct err **err)
{
    const struct sbuf *text = &j->result.text;
    struct err *failed = NULL;
    const char *path = j->target.destination;
    size_t len = 0;

    if (!path)
        return err_set(err, "%s: --diff needs a file to compare with: -t %s:FILE",
                       render_job_name(j), render_job_name(j));
    CLEAN(free_str) char *old = file_read(path, OUTPUT_MAX, &len, &failed);
    if (!old && err_code(failed) != ENOENT) {
        err_set(err, "%s", err_msg(failed));
        err_free(failed);
        return -1;
    }
    err_free(failed);
    unidiff(path, old ? old : "", old ? len : 0, text->data ? text->data : "", text->len, out);
    return 0;
}
