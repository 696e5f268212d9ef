#include "agent/ct_value.h"

#include <ctype.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/render_target.h"
#include "lib/xmalloc.h"

#define SECONDS_MAX 31536000. /* a year */
#define COUNT_MAX 1000000     /* attempts */

int ct_refuse(const struct ct_reader *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *what = xvasprintf(format, args);
    va_end(args);
    return r->file ? hcl_refuse(r->file, r->object, r->key, r->err, "%s", what)
                   : err_set(r->err, "%s", what);
}

static const char *text_of(const json_t *value)
{
    const char *text = json_string_value(value);

    return text && strlen(text) == json_string_length(value) ? text : NULL;
}

int ct_read_string(struct ct_reader *r, const json_t *value, void *at)
{
    char **ret = at;

    if (!text_of(value))
        return ct_refuse(r, "\"%s\" must be a string", r->key);
    free(*ret);
    *ret = xstrdup(text_of(value));
    return 0;
}

int ct_read_strings(struct ct_reader *r, const json_t *value, void *at)
{
    struct strv *ret = at;

    strv_done(ret);
    if (text_of(value))
        strv_add(ret, text_of(value));
    else if (!json_is_array(value))
        return ct_refuse(r, "\"%s\" must be a list of strings", r->key);
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!text_of(json_array_get(value, i)))
            return ct_refuse(r, "\"%s\" must be a list of strings", r->key);
        strv_add(ret, text_of(json_array_get(value, i)));
    }
    return 0;
}

int ct_read_bool(struct ct_reader *r, const json_t *value, void *at)
{
    int on;

    if (ct_read_switch(r, value, &on))
        return -1;
    *(bool *)at = on;
    return 0;
}

int ct_read_switch(struct ct_reader *r, const json_t *value, void *at)
{
    const char *text = text_of(value);
    bool yes = json_is_true(value) || (text && (!strcmp(text, "true") || !strcmp(text, "1")));
    bool no = json_is_false(value) || (text && (!strcmp(text, "false") || !strcmp(text, "0")));

    if (!yes && !no)
        return ct_refuse(r, "\"%s\" must be true or false", r->key);
    *(int *)at = yes;
    return 0;
}

int ct_seconds_parse(const char *text, double *ret)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1.}, {"m", 60.}, {"h", 3600.}};
    double sum = 0.;

    if (!strcmp(text, "0")) {
        *ret = 0.;
        return 0;
    }
    if (!*text)
        return -1;
    while (*text) {
        const char *unit = text + strspn(text, "0123456789.");
        size_t len = strcspn(unit, "0123456789."), i = 0;
        char *end;
        double number = strtod(text, &end);

        while (i < ARRAY_LEN(units) &&
               (strlen(units[i].name) != len || strncmp(unit, units[i].name, len) != 0))
            i++;
        if (end == text || end != unit || i == ARRAY_LEN(units))
            return -1;
        sum += number * units[i].seconds;
        text = unit + len;
    }
    if (sum > SECONDS_MAX)
        return -1;
    *ret = sum;
    return 0;
}

int ct_read_seconds(struct ct_reader *r, const json_t *value, void *at)
{
    const char *text = json_is_integer(value) && !json_integer_value(value) ? "0" : text_of(value);

    if (text && !ct_seconds_parse(text, at))
        return 0;
    return ct_refuse(r, "\"%s\" must be a time with its unit, as in \"30s\" or \"1m30s\"", r->key);
}

int ct_read_signal(struct ct_reader *r, const json_t *value, void *at)
{
    static const struct {
        const char *name;
        int number;
    } rows[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ABRT", SIGABRT},
                {"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"ALRM", SIGALRM},
                {"TERM", SIGTERM}, {"CONT", SIGCONT}, {"STOP", SIGSTOP}, {"WINCH", SIGWINCH},
                {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU}, {"NULL", 0},       {"", 0}};
    const char *text = text_of(value);

    if (text && !strncasecmp(text, "SIG", 3))
        text += 3;
    for (size_t i = 0; text && i < ARRAY_LEN(rows); i++)
        if (!strcasecmp(text, rows[i].name)) {
            *(int *)at = rows[i].number;
            return 0;
        }
    return ct_refuse(r, "\"%s\" must be a signal, as in \"SIGHUP\", or \"\" for none", r->key);
}

int ct_read_mode(struct ct_reader *r, const json_t *value, void *at)
{
    const char *text = text_of(value);
    char *end = NULL;
    json_int_t mode = text ? (json_int_t)strtoul(text, &end, 8) : json_integer_value(value);

    if (text ? !*text || *end || !isdigit((unsigned char)*text) : !json_is_integer(value))
        mode = -1;
    if (mode < 0 || mode > 07777)
        return ct_refuse(r, "\"%s\" must be a mode, as in 0644", r->key);
    *(int *)at = (int)mode;
    return 0;
}

int ct_read_count(struct ct_reader *r, const json_t *value, void *at)
{
    const char *text = text_of(value);
    char *end = NULL;
    json_int_t n = text ? (json_int_t)strtoul(text, &end, 10) : json_integer_value(value);

    if (text ? *end || !isdigit((unsigned char)*text) : !json_is_integer(value))
        n = -1;
    if (n < 0 || n > COUNT_MAX)
        return ct_refuse(r, "\"%s\" must be a number from 0 to %d", r->key, COUNT_MAX);
    *(unsigned *)at = (unsigned)n;
    return 0;
}

int ct_read_idle(struct ct_reader *r, const json_t *value, void *at)
{
    CLEAN(free_str)
    char *name = xasprintf("%s%s%s", r->block ? r->block : "", r->block ? "." : "", r->key);

    (void)value;
    (void)at;
    if (!strv_contains(r->idle, name))
        strv_add(r->idle, name);
    return 0;
}

int ct_read_command(struct ct_reader *r, const json_t *value, void *at)
{
    if (text_of(value)) {
        render_command_shell(at, text_of(value));
        return 0;
    }
    return ct_read_strings(r, value, at);
}

int ct_read_wait(struct ct_reader *r, const json_t *value, void *at)
{
    const char *text = text_of(value);
    size_t len = text ? strcspn(text, ":") : 0;
    CLEAN(free_str) char *min = xstrndup(text ? text : "", len);
    struct quiet q = {0};

    if (text && *text && ct_seconds_parse(min, &q.min))
        text = NULL;
    q.max = q.min * 4.;
    if (text && text[len] && ct_seconds_parse(text + len + 1, &q.max))
        text = NULL;
    if (!text || q.max < q.min)
        return ct_refuse(r, "\"%s\" must be MIN or MIN:MAX, as in \"5s:10s\"", r->key);
    *(struct quiet *)at = q;
    return 0;
}
