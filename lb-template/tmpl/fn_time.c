/* timestamp: the time of the run, in UTC, in one of Go's layouts. */
#include "lb-template/tmpl/function.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#define RFC3339 "2006-01-02T15:04:05Z07:00"

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};

struct moment {
    struct tm tm;
    long nanoseconds;
};

/* Go's reference time, element by element; a longer one before its beginning. */
static const struct {
    const char *text;
    char what;
} elements[] = {
    {"January", 'B'}, {"Jan", 'b'}, {"Monday", 'A'}, {"Mon", 'a'},   {"MST", 'z'}, {"2006", 'Y'},
    {"06", 'y'},      {"01", 'm'},  {"02", 'd'},     {"03", 'I'},    {"04", 'M'},  {"05", 'S'},
    {"002", 'j'},     {"15", 'H'},  {"PM", 'p'},     {"pm", 'P'},    {"_2", 'e'},  {"Z07:00", 'Z'},
    {"Z0700", 'Z'},   {"Z07", 'Z'}, {"-07:00", 'c'}, {"-0700", 'o'}, {"-07", 'h'}, {"1", 'n'},
    {"2", 'D'},       {"3", 'i'},   {"4", 'N'},      {"5", 's'},
};

static void add_word(struct tmpl_buf *b, char what, const struct tm *t)
{
    bool morning = t->tm_hour < 12;

    switch (what) {
    case 'B':
        tmpl_buf_adds(b, months[t->tm_mon]);
        break;
    case 'b':
        tmpl_buf_add(b, months[t->tm_mon], 3);
        break;
    case 'A':
        tmpl_buf_adds(b, days[t->tm_wday]);
        break;
    case 'a':
        tmpl_buf_add(b, days[t->tm_wday], 3);
        break;
    case 'p':
        tmpl_buf_adds(b, morning ? "AM" : "PM");
        break;
    case 'P':
        tmpl_buf_adds(b, morning ? "am" : "pm");
        break;
    case 'z':
        tmpl_buf_adds(b, "UTC");
        break;
    case 'Z':
        tmpl_buf_adds(b, "Z");
        break;
    default:
        tmpl_buf_adds(b, what == 'c' ? "+00:00" : what == 'o' ? "+0000" : "+00");
    }
}

static void add_element(struct tmpl_buf *b, char what, const struct tm *t)
{
    const int hour = t->tm_hour % 12 ? t->tm_hour % 12 : 12;
    const struct {
        char what;
        int digits, value; /* filled with zeros */
    } numbers[] = {{'Y', 4, t->tm_year + 1900},
                   {'y', 2, t->tm_year % 100},
                   {'m', 2, t->tm_mon + 1},
                   {'d', 2, t->tm_mday},
                   {'I', 2, hour},
                   {'M', 2, t->tm_min},
                   {'S', 2, t->tm_sec},
                   {'j', 3, t->tm_yday + 1},
                   {'H', 2, t->tm_hour},
                   {'n', 1, t->tm_mon + 1},
                   {'D', 1, t->tm_mday},
                   {'i', 1, hour},
                   {'N', 1, t->tm_min},
                   {'s', 1, t->tm_sec}};

    if (what == 'e') {
        tmpl_buf_addf(b, "%2d", t->tm_mday);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (numbers[i].what == what) {
            tmpl_buf_addf(b, "%0*d", numbers[i].digits, numbers[i].value);
            return;
        }
    }
    add_word(b, what, t);
}

/* ".000" and ".999" behind the seconds: so many digits, the second without zeros at the end. The
 * length of what was read, 0 for something else. */
static size_t add_fraction(struct tmpl_buf *b, const char *s, size_t len, long nanoseconds)
{
    char digits[16];
    size_t n = 1;

    if (len < 2 || (s[0] != '.' && s[0] != ',') || (s[1] != '0' && s[1] != '9'))
        return 0;
    while (n < len && s[n] == s[1])
        n++;
    if (n > 10 || (n < len && s[n] >= '0' && s[n] <= '9'))
        return 0;
    size_t keep = n - 1;
    snprintf(digits, sizeof digits, "%09ld", nanoseconds);
    while (s[1] == '9' && keep && digits[keep - 1] == '0')
        keep--;
    if (keep) {
        tmpl_buf_addch(b, s[0]);
        tmpl_buf_add(b, digits, keep);
    }
    return n;
}

static void add_layout(struct tmpl_buf *b, const struct tmpl_value *layout,
                       const struct moment *now)
{
    for (size_t i = 0; i < layout->len && !b->over;) {
        size_t left = layout->len - i, e = 0;
        size_t n = add_fraction(b, layout->s + i, left, now->nanoseconds);

        i += n;
        if (n)
            continue;
        for (; e < ARRAY_LEN(elements); e++) {
            n = strlen(elements[e].text);
            if (n <= left && !memcmp(elements[e].text, layout->s + i, n))
                break;
        }
        if (e == ARRAY_LEN(elements)) {
            tmpl_buf_addch(b, layout->s[i++]);
            continue;
        }
        add_element(b, elements[e].what, &now->tm);
        i += n;
    }
}

static int fn_timestamp(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                        struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    struct tmpl_value layout = n ? args[0] : tmpl_cstr(RFC3339);
    time_t seconds = (time_t)floor(x->run->now);
    struct moment now = {.nanoseconds = (long)((x->run->now - floor(x->run->now)) * 1e9)};

    if (tmpl_is(&layout, "unix")) {
        tmpl_buf_addf(&b, "%lld", (long long)seconds);
    } else {
        if (!gmtime_r(&seconds, &now.tm))
            return tmpl_fail(x, "error calling timestamp: the time is out of range");
        add_layout(&b, &layout, &now);
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

const struct tmpl_function tmpl_fn_time[] = {
    {.name = "timestamp", .args = "s?", .call = fn_timestamp},
    {0},
};
