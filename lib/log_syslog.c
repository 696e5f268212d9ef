#include "lib/log_syslog.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/xmalloc.h"

struct log_syslog {
    int fd;
    int facility; /* its number times 8, as in a priority */
    char *tag;
    struct sockaddr_un to;
};

static int find_facility(const char *name, int *ret, struct err **err);

struct log_syslog *log_syslog_new(const char *socket_path, const char *facility, const char *tag,
                                  struct err **err)
{
    struct log_syslog s = {.to = {.sun_family = AF_UNIX}};

    if (find_facility(facility, &s.facility, err))
        return NULL;
    if (strlen(socket_path) >= sizeof s.to.sun_path) {
        err_set(err, "%s is too long for the name of a socket", socket_path);
        return NULL;
    }
    memcpy(s.to.sun_path, socket_path, strlen(socket_path));
    s.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s.fd < 0) {
        err_set_errno(err, errno, "cannot open a socket for %s", socket_path);
        return NULL;
    }
    struct log_syslog *new = xmalloc(sizeof *new);
    s.tag = xstrdup(tag);
    *new = s;
    return new;
}

void log_syslog_free(struct log_syslog *s)
{
    if (!s)
        return;
    close(s->fd);
    free(s->tag);
    free(s);
}

/* Not connected: a daemon that starts anew is found again. */
void log_syslog_send(const struct log_syslog *s, int priority, const char *text)
{
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;
    time_t now = time(NULL);
    struct tm when;

    localtime_r(&now, &when);
    log_syslog_add(&line, s->facility | priority, &when, s->tag, (long)getpid(), text);
    ssize_t sent = sendto(s->fd, line.data, line.len, MSG_NOSIGNAL,
                          (const struct sockaddr *)(const void *)&s->to, sizeof s->to);
    (void)sent; /* standard error has the line */
}

void log_syslog_add(struct sbuf *out, int priority, const struct tm *when, const char *tag,
                    long pid, const char *text)
{
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    sbuf_addf(out, "<%d>%s %2d %02d:%02d:%02d %s[%ld]: ", priority, months[when->tm_mon],
              when->tm_mday, when->tm_hour, when->tm_min, when->tm_sec, tag, pid);
    sbuf_add_printable(out, text);
}

static int find_facility(const char *name, int *ret, struct err **err)
{
    static const char *const names[] = {
        "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
        "uucp",   "cron",   "authpriv", "ftp",    NULL,     NULL,     NULL,     NULL,
        "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i] && !strcasecmp(name, names[i])) {
            *ret = (int)i << 3;
            return 0;
        }
    return err_set(
        err, "syslog facility \"%.100s\" is none of kern, user, daemon, local0 and so on", name);
}
