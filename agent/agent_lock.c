#include "agent/agent_lock.h"

#include <errno.h>

#include "lib/file.h"
#include "lib/lock.h"
#include "lib/xmalloc.h"

static int taken(pid_t pid, const char *path, struct err **err);

int agent_lock(const char *run_dir, struct err **err)
{
    CLEAN(free_str) char *path = xasprintf("%s/agent.lock", run_dir);
    CLEAN(err) struct err *failed = NULL;
    pid_t pid = 0;

    if (file_make_dirs(run_dir, 0755, err))
        return err_wrap(err, "[agent] run_dir");
    int fd = lock_take(path, &pid, &failed);
    if (fd >= 0)
        return fd;
    if (err_code(failed) == EWOULDBLOCK)
        return taken(pid, path, err);
    return err_set(err, "[agent] run_dir: %s", err_msg(failed));
}

static int taken(pid_t pid, const char *path, struct err **err)
{
    if (!pid)
        return err_set(err, "berth runs on this host already (it has locked %s): stop it first",
                       path);
    return err_set(err,
                   "berth runs on this host already (pid %d has locked %s): stop it first, by "
                   "systemctl stop berth or kill %d",
                   (int)pid, path, (int)pid);
}
