#include "lib/log_line.h"

#include "lib/json.h"
#include "tests/tap.h"

static struct log_line line(char *text, bool journal)
{
    return (struct log_line){.level = "warn",
                             .priority = 4,
                             .area = "dns lock",
                             .fact = {.text = text},
                             .now = {.tv_sec = 1795236463, .tv_nsec = 7000000},
                             .journal = journal};
}

static void check(enum log_format format, char *text, bool journal, const char *wanted)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct log_line l = line(text, journal);

    log_line_add(&out, format, &l);
    is_str(sbuf_str(&out), wanted, "format %d%s", format, journal ? " in the journal" : "");
}

static void test_formats(void)
{
    static char text[] = "a \"b\" c\\d\n\033[31mx=1 \xc3\xa9";

    check(LOG_TEXT, text, false,
          "2026-11-21T04:47:43.007Z warn  dns lock: a \"b\" c\\d\\x0a\\x1b[31mx=1 \\xc3\\xa9\n");
    check(LOG_TEXT, text, true, "<4>dns lock: a \"b\" c\\d\\x0a\\x1b[31mx=1 \\xc3\\xa9\n");
    check(LOG_LOGFMT, text, false,
          "time=2026-11-21T04:47:43.007Z level=warn area=\"dns lock\" "
          "msg=\"a \\\"b\\\" c\\\\d\\\\x0a\\\\x1b[31mx=1 \\\\xc3\\\\xa9\"\n");
    static char x[] = "x", none[] = "";
    check(LOG_LOGFMT, x, true, "<4>level=warn area=\"dns lock\" msg=\"x\"\n");
    check(LOG_JSON, text, false,
          "{\"time\":\"2026-11-21T04:47:43.007Z\",\"level\":\"warn\",\"area\":\"dns lock\","
          "\"msg\":\"a \\\"b\\\" c\\\\d\\\\x0a\\\\x1b[31mx=1 \\\\xc3\\\\xa9\"}\n");
    check(LOG_JSON, none, true, "<4>{\"level\":\"warn\",\"area\":\"dns lock\",\"msg\":\"\"}\n");
}

static void fact(struct log_fact *ret, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fact(struct log_fact *ret, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_fact_make(ret, format, args);
    va_end(args);
}

/* Compares all three forms of the fact, which is given away. */
static void check_fact(struct log_fact *f, const char *text, const char *logfmt, const char *json)
{
    const char *const wanted[] = {text, logfmt, json};

    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        CLEAN(sbuf) struct sbuf out = SBUF_INIT;
        struct log_line l = line(f->text, true);

        l.area = "a";
        l.fact = *f;
        log_line_add(&out, (enum log_format)format, &l);
        is_str(sbuf_str(&out), wanted[format], "fields of \"%s\" in format %d", text, format);
    }
    log_fact_done(f);
}

static void test_fields(void)
{
    struct log_fact f;

    fact(&f, "mapping %s host-port=%u host-address=%s container=%.*s trace=%s", "added", 28001U, "",
         3, "web-1", "0a1b2c3d");
    check_fact(&f, "<4>a: mapping added host-port=28001 container=web trace=0a1b2c3d\n",
               "<4>level=warn area=a msg=\"mapping added\" host-port=28001 container=web "
               "trace=0a1b2c3d\n",
               "<4>{\"level\":\"warn\",\"area\":\"a\",\"msg\":\"mapping added\","
               "\"host-port\":\"28001\",\"container\":\"web\",\"trace\":\"0a1b2c3d\"}\n");
    fact(&f, "up name=%s", "a \"b\" trace=1");
    check_fact(&f, "<4>a: up name=a \"b\" trace=1\n",
               "<4>level=warn area=a msg=\"up\" name=\"a \\\"b\\\" trace=1\"\n",
               "<4>{\"level\":\"warn\",\"area\":\"a\",\"msg\":\"up\","
               "\"name\":\"a \\\"b\\\" trace=1\"}\n");
}

/* What is put in makes no field, wherever it stands. */
static void test_no_fields(void)
{
    struct log_fact f;

    fact(&f, "stopping signal=%d; the rest stays", 15);
    check_fact(&f, "<4>a: stopping signal=15; the rest stays\n",
               "<4>level=warn area=a msg=\"stopping signal=15; the rest stays\"\n",
               "<4>{\"level\":\"warn\",\"area\":\"a\",\"msg\":\"stopping signal=15; the rest "
               "stays\"}\n");
    fact(&f, "left out: %s", "x trace=1");
    check_fact(&f, "<4>a: left out: x trace=1\n",
               "<4>level=warn area=a msg=\"left out: x trace=1\"\n",
               "<4>{\"level\":\"warn\",\"area\":\"a\",\"msg\":\"left out: x trace=1\"}\n");
    fact(&f, "up name=%s trace=%s", "a\x1ftrace=1", "2");
    check_fact(&f, "<4>a: up name=a\\x1ftrace=1 trace=2\n",
               "<4>level=warn area=a msg=\"up name=a\\\\x1ftrace=1 trace=2\"\n",
               "<4>{\"level\":\"warn\",\"area\":\"a\",\"msg\":\"up name=a\\\\x1ftrace=1 "
               "trace=2\"}\n");
}

/* Every byte that can be in a text gives one line of good JSON. */
static void test_every_byte(void)
{
    char text[256];
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    for (int i = 0; i < 255; i++)
        text[i] = (char)(i + 1);
    text[255] = '\0';
    struct log_line l = line(text, false);
    log_line_add(&out, LOG_JSON, &l);
    CLEAN(json) json_t *doc = json_parse(out.data, out.len, NULL);
    ok(json_str(doc, "msg") != NULL, "it is JSON");
    size_t ends = 0;
    for (size_t i = 0; i < out.len; i++)
        ends += out.data[i] == '\n';
    is_int((long long)ends, 1, "it is one line");
}

static void test_names(void)
{
    enum log_format format = LOG_TEXT;

    ok(!log_format_parse("json", &format) && format == LOG_JSON, "json");
    ok(!log_format_parse("logfmt", &format) && format == LOG_LOGFMT, "logfmt");
    ok(!log_format_parse("text", &format) && format == LOG_TEXT, "text");
    ok(log_format_parse("JSON", &format) && log_format_parse("", &format), "others are none");
}

static void test_stream(void)
{
    ok(log_stream_is("8:1234", 8, 1234), "the journal's stream");
    ok(!log_stream_is("8:1234", 8, 12345), "another file");
    ok(!log_stream_is("8:1234x", 8, 1234), "something behind it");
    ok(!log_stream_is("", 8, 1234) && !log_stream_is(NULL, 8, 1234), "no journal");
}

int main(void)
{
    test_formats();
    test_fields();
    test_no_fields();
    test_every_byte();
    test_names();
    test_stream();
    return tap_done();
}
