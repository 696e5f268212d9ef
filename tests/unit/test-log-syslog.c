/* Lines to a syslog daemon: what they look like, and one that arrives. */
#include "lib/log_syslog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void check_line(void)
{
    const struct tm when = {.tm_mon = 10, .tm_mday = 3, .tm_hour = 4, .tm_min = 5, .tm_sec = 6};
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;

    log_syslog_add(&line, 134, &when, "name", 77, "a\nb");
    is_str(sbuf_str(&line), "<134>Nov  3 04:05:06 name[77]: a\\x0ab",
           "a line, which cannot be forged");
}

static void check_refused(void)
{
    CLEAN(err) struct err *facility = NULL, *path = NULL;
    char name[200] = "";

    memset(name, 'x', sizeof name - 1);
    ok(!log_syslog_new("/dev/log", "local8", "t", &facility), "a facility that is none");
    is_str(err_msg(facility),
           "syslog facility \"local8\" is none of kern, user, daemon, local0 and so on", "says so");
    ok(!log_syslog_new(name, "user", "t", &path), "a name that is too long for a socket");
}

/* By way of the log, whose level counts here, too. */
static void check_arrival(void)
{
    char directory[] = "/tmp/berth-syslog-XXXXXX", got[200] = "";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    CLEAN(err) struct err *err = NULL;

    if (!mkdtemp(directory)) {
        ok(0, "a directory");
        return;
    }
    snprintf(at.sun_path, sizeof at.sun_path, "%s/log", directory);
    struct log_syslog *s = log_syslog_new(at.sun_path, "LOCAL5", "berth-test", &err);
    log_set_syslog(s);
    log_warn("area", "nobody listens yet");
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ok(!bind(fd, (const struct sockaddr *)(const void *)&at, sizeof at), "a daemon listens");
    log_debug("area", "not urgent enough");
    log_warn("area", "it %s", "works");
    ssize_t n = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);
    log_set_syslog(NULL);
    ok(n > 5 && !strncmp(got, "<172>", 5), "local5 and warning in \"%s\"", got);
    ok(strstr(got, " berth-test[") && strstr(got, "]: it works"), "the tag and the text");
    log_syslog_free(s);
    close(fd);
    unlink(at.sun_path);
    rmdir(directory);
}

int main(void)
{
    check_line();
    check_refused();
    check_arrival();
    return tap_done();
}
