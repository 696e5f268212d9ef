#include "portmap/undo.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define FILE_MAX (1024 * 1024) /* bytes */

static char *read_boot(void);
static void read_record(struct undo *u, char *text);
static void write_record(struct undo *u);
static int write_file(const struct undo *u, struct err **err);

void undo_init(struct undo *u, const char *file)
{
    *u = (struct undo){.file = file ? xstrdup(file) : NULL, .boot = read_boot()};
    CLEAN(free_str) char *text = file ? file_read(file, FILE_MAX, NULL, NULL) : NULL;
    if (text)
        read_record(u, text);
}

void undo_done(struct undo *u)
{
    free(u->file);
    free(u->boot);
    strv_done(&u->loopback);
    err_free(u->failed);
    *u = (struct undo){0};
}

void undo_note_reserved(struct undo *u, const struct portset *ports)
{
    if (portset_covers(&u->reserved, ports))
        return;
    portset_add_set(&u->reserved, ports);
    write_record(u);
}

void undo_note_loopback(struct undo *u, const char *name)
{
    if (strv_contains(&u->loopback, name))
        return;
    strv_add(&u->loopback, name);
    write_record(u);
}

void undo_retry(struct undo *u)
{
    if (u->failed)
        write_record(u);
}

int undo_forget(struct undo *u, struct err **err)
{
    if (u->file && unlink(u->file) < 0 && errno != ENOENT)
        return err_set_errno(err, errno, "cannot delete %s", u->file);
    return 0;
}

/* "" where the kernel does not say. */
static char *read_boot(void)
{
    char *text = file_read(BOOT_ID, 64, NULL, NULL);

    if (!text)
        return xstrdup("");
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* Lines "boot ID", "reserved PORTS", "route_localnet NAME"; the first one decides. */
static void read_record(struct undo *u, char *text)
{
    char *line = strsep(&text, "\n");

    if (strncmp(line, "boot ", 5) != 0 || strcmp(line + 5, u->boot) != 0)
        return;
    while ((line = strsep(&text, "\n"))) {
        char *value = strchr(line, ' ');

        if (!value)
            continue;
        *value++ = '\0';
        if (!strcmp(line, "reserved"))
            portset_read(&u->reserved, value);
        else if (!strcmp(line, "route_localnet") && *value && strlen(value) < IFNAMSIZ &&
                 !strchr(value, '/'))
            strv_add(&u->loopback, value);
    }
}

static void write_record(struct undo *u)
{
    err_free(u->failed);
    u->failed = NULL;
    if (u->file)
        write_file(u, &u->failed);
}

static int write_file(const struct undo *u, struct err **err)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    CLEAN(free_str) char *ports = portset_format(&u->reserved);
    const char *slash = strrchr(u->file, '/');
    CLEAN(free_str) char *dir = xstrndup(u->file, slash ? (size_t)(slash - u->file) : 0);

    if (*dir && file_make_dirs(dir, 0755, err))
        return -1;
    sbuf_addf(&text, "boot %s\n", u->boot);
    if (*ports)
        sbuf_addf(&text, "reserved %s\n", ports);
    for (size_t i = 0; i < u->loopback.n; i++)
        sbuf_addf(&text, "route_localnet %s\n", u->loopback.v[i]);
    return file_replace(u->file, text.data, text.len, 0644, err);
}
