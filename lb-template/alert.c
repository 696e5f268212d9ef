#include "lb-template/alert.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define ALERT "[ALERT]"
#define ALERT_MAX 500 /* bytes of it that are shown */

static char *line_at(const char *begin, const char *end);
static const char *after_pid(const char *p, const char *end);

char *alert_first(const char *output, size_t len)
{
    const char *end = output + len;
    const char *alert = memmem(output, len, ALERT, strlen(ALERT));

    if (alert)
        return line_at(after_pid(alert + strlen(ALERT), end), end);
    while (end > output && (end[-1] == '\n' || end[-1] == ' '))
        end--;
    const char *begin = end;
    while (begin > output && begin[-1] != '\n')
        begin--;
    return begin < end ? line_at(begin, end) : xstrdup("no reason given");
}

char *alert_of(const char *output, size_t len, bool timed_out)
{
    return timed_out ? xstrdup("it took too long") : alert_first(output, len);
}

/* "[ALERT]    (1234) : config : parsing [/path/haproxy.cfg:12] : ..." */
size_t alert_line(const char **at, const char *path, char **ret_words)
{
    CLEAN(free_str) char *place = xasprintf("[%s:", path);
    const char *line = *at;

    *ret_words = NULL;
    while ((line = strstr(line, ALERT))) {
        const char *end = line + strcspn(line, "\n");
        const char *found = strstr(line, place);

        if (found && found < end) {
            *ret_words = alert_first(line, (size_t)(end - line));
            *at = end;
            return strtoul(found + strlen(place), NULL, 10);
        }
        line = end;
    }
    *at += strlen(*at);
    return 0;
}

/* "   (1234) : config : ..." begins behind the colon. */
static const char *after_pid(const char *p, const char *end)
{
    while (p < end && strchr(" ()0123456789:", *p))
        p++;
    return p;
}

static char *line_at(const char *begin, const char *end)
{
    const char *newline = memchr(begin, '\n', (size_t)(end - begin));
    size_t len = (size_t)((newline ? newline : end) - begin);
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;
    CLEAN(free_str) char *line = xstrndup(begin, len < ALERT_MAX ? len : ALERT_MAX);

    sbuf_add_printable(&b, line);
    return sbuf_take(&b);
}
