#include "lib/log_line.h"

#include "lib/json.h"
#include "tests/tap.h"

static struct log_line line(const char *text, bool journal)
{
    return (struct log_line){.level = "warn",
                             .priority = 4,
                             .area = "dns lock",
                             .text = text,
                             .now = {.tv_sec = 1795236463, .tv_nsec = 7000000},
                             .journal = journal};
}

static void check(enum log_format format, const char *text, bool journal, const char *wanted)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct log_line l = line(text, journal);

    log_line_add(&out, format, &l);
    is_str(sbuf_str(&out), wanted, "format %d%s", format, journal ? " in the journal" : "");
}

static void test_formats(void)
{
    static const char text[] = "a \"b\" c\\d\n\033[31mx=1 \xc3\xa9";

    check(LOG_TEXT, text, false,
          "2026-11-21T04:47:43.007Z warn  dns lock: a \"b\" c\\d\\x0a\\x1b[31mx=1 \\xc3\\xa9\n");
    check(LOG_TEXT, text, true, "<4>dns lock: a \"b\" c\\d\\x0a\\x1b[31mx=1 \\xc3\\xa9\n");
    check(LOG_LOGFMT, text, false,
          "time=2026-11-21T04:47:43.007Z level=warn area=\"dns lock\" "
          "msg=\"a \\\"b\\\" c\\\\d\\\\x0a\\\\x1b[31mx=1 \\\\xc3\\\\xa9\"\n");
    check(LOG_LOGFMT, "x", true, "<4>level=warn area=\"dns lock\" msg=\"x\"\n");
    check(LOG_JSON, text, false,
          "{\"time\":\"2026-11-21T04:47:43.007Z\",\"level\":\"warn\",\"area\":\"dns lock\","
          "\"msg\":\"a \\\"b\\\" c\\\\d\\\\x0a\\\\x1b[31mx=1 \\\\xc3\\\\xa9\"}\n");
    check(LOG_JSON, "", true, "<4>{\"level\":\"warn\",\"area\":\"dns lock\",\"msg\":\"\"}\n");
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
    test_every_byte();
    test_names();
    test_stream();
    return tap_done();
}
