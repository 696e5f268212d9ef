/* The state document for people. */
#include "agent/status.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static const struct paint plain = {0};

static json_t *read_state(const char *fixture)
{
    CLEAN(free_str) char *text = tests_read(fixture, NULL);

    return json_parse(text, strlen(text), NULL);
}

static char *print(const char *text, const struct paint *p)
{
    CLEAN(json) json_t *state = json_parse(text, strlen(text), NULL);
    struct sbuf out = SBUF_INIT;

    status_print(state, p, &out);
    return sbuf_take(&out);
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;

    for (; *text; text += strcspn(text, "\n") + 1)
        if (strcspn(text, "\n") > longest)
            longest = strcspn(text, "\n");
    return longest;
}

static void test_widths(void)
{
    static const size_t widths[] = {0, 60, 80, 200};
    CLEAN(json) json_t *state = read_state("fixtures/state-term.json");

    for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
        const struct paint p = {.columns = widths[i]};
        CLEAN(sbuf) struct sbuf out = SBUF_INIT;
        CLEAN(free_str) char *golden = xasprintf("agent/status-%zu.txt", widths[i]);

        status_print(state, &p, &out);
        is_golden(sbuf_str(&out), golden);
        ok(!widths[i] || longest_line(sbuf_str(&out)) <= widths[i], "no line is longer than %zu",
           widths[i]);
        ok(!strpbrk(sbuf_str(&out), "\033\007\x80\xe2"), "nothing foreign reaches the terminal");
    }
}

/* 's' without the sequences of 'p'. */
static char *strip(const char *s)
{
    struct sbuf out = SBUF_INIT;

    while (*s) {
        if (*s == '\033')
            s += strcspn(s, "m") + 1;
        else
            sbuf_addch(&out, *s++);
    }
    return sbuf_take(&out);
}

static void test_colours(void)
{
    const struct paint p = {.columns = 100, .colour = true}, none = {.columns = 100};
    CLEAN(json) json_t *state = read_state("fixtures/state-term.json");
    CLEAN(sbuf) struct sbuf painted = SBUF_INIT;
    CLEAN(sbuf) struct sbuf bare = SBUF_INIT;

    status_print(state, &p, &painted);
    status_print(state, &none, &bare);
    is_golden(sbuf_str(&painted), "agent/status-colour.txt");
    CLEAN(free_str) char *stripped = strip(sbuf_str(&painted));
    is_str(stripped, sbuf_str(&bare), "colours change no text");
}

static void test_fixture(void)
{
    CLEAN(json) json_t *state = read_state("fixtures/state.json");
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    status_print(state, &plain, &out);
    is_golden(sbuf_str(&out), "agent/status.txt");
}

static void test_empty(void)
{
    CLEAN(free_str) char *text = print("{}", &plain);

    ok(strstr(text, "no container here has a port to be served: one with EXPOSE") != NULL,
       "an empty document says what to do");
    ok(strstr(text, "no problem, 0 containers, 0 host ports, 0 instances, 0 services in HAProxy, "
                    "0 servers\n") != NULL,
       "it is summed up");
}

/* The line about the catalog, or "" where there is none. */
static void catalog_line(const char *catalog, const char *wanted)
{
    CLEAN(free_str) char *state = xasprintf("{\"catalog\": %s}", catalog);
    CLEAN(free_str) char *text = print(state, &plain);
    const char *line = strstr(text, "catalog ");
    CLEAN(free_str) char *got = xstrndup(line ? line : "", line ? strcspn(line, "\n") : 0);

    is_str(got, wanted, "%s", catalog);
}

static void test_catalog(void)
{
    catalog_line("null", "");
    catalog_line("{\"watch\": \"watched\", \"services\": 3, \"watched\": 3, \"age\": 0.2}",
                 "catalog 3 services, 3 of them watched, up to date");
    catalog_line("{\"watch\": \"watched\", \"services\": 0, \"watched\": 0, \"age\": null}",
                 "catalog 0 services, 0 of them watched, not read yet");
    catalog_line("{\"watch\": \"journal\", \"services\": 500, \"watched\": 48, \"age\": 61.2}",
                 "catalog 500 services, 48 of them watched, the others by journals, 61 s old: the "
                 "registry cannot be read");
}

static void test_names(void)
{
    CLEAN(free_str)
    char *text =
        print("{\"dns\":{\"zone\":\"example.com\",\"names\":[{\"name\":\"web.example.com\","
              "\"records\":[\"30 IN A 192.0.2.1\",\"30 IN A 192.0.2.2\",7],"
              "\"state\":\"written\"},{}]}}",
              &plain);

    ok(strstr(text, "NAME IN DNS") != NULL, "names in DNS have a table");
    ok(strstr(text, "web.example.com  A 192.0.2.1, A 192.0.2.2, ?  written") != NULL,
       "a name, its records, its state");
}

/* Of any document, whatever its members are. */
static void test_odd_documents(void)
{
    static const char *const documents[] = {
        "{\"containers\":[7,{},{\"ports\":[{}]},{\"id\":1,\"name\":2,\"ports\":[3,{\"port\":\"x\"}]"
        "}]}",
        "{\"mappings\":[null,{\"host_port\":\"x\"}],\"instances\":[[],{\"id\":{}}]}",
        "{\"backends\":[{\"servers\":[1,{\"instance_id\":5}]},{\"servers\":{}}],\"problems\":[0,{}]"
        "}",
        "{\"machines\":[{}],\"dns\":{\"names\":[1]},\"sources\":{\"x\":1},\"catalog\":{}}",
    };

    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        CLEAN(free_str) char *text = print(documents[i], &(struct paint){.columns = 40});
        ok(*text, "document %zu is printed", i);
    }
}

int main(void)
{
    test_fixture();
    test_widths();
    test_colours();
    test_empty();
    test_catalog();
    test_names();
    test_odd_documents();
    return tap_done();
}
