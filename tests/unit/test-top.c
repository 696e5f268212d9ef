/* `berth top` without a terminal: keys, the list, the screen. */
#include "agent/top.h"

#include <stdlib.h>
#include <string.h>

#include "agent/top_view.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define NOW 1000.

static json_t *read_state(void)
{
    CLEAN(free_str) char *text = tests_read("fixtures/state-term.json", NULL);

    return json_parse(text, strlen(text), NULL);
}

static void open_top(struct top *t, size_t columns, size_t height)
{
    CLEAN(json) json_t *state = read_state();

    top_init(t, columns, height);
    top_set_state(t, state, NOW);
}

static void press(struct top *t, const char *keys)
{
    size_t len = strlen(keys), used;
    enum top_key key;
    char character;

    for (; len; keys += used, len -= used) {
        used = top_key_read(keys, len, true, &key, &character);
        top_press(t, key, character);
    }
}

static char *view(const struct top *t, bool colour)
{
    struct strv lines = {0};

    top_view(t, NOW + 2.5, "07:12:00", colour, &lines);
    is_int((long long)lines.n, (long long)t->height, "as many lines as the screen has");
    size_t longest = 0;
    for (size_t i = 0; !colour && i < lines.n; i++)
        if (strlen(lines.v[i]) > longest)
            longest = strlen(lines.v[i]);
    ok(longest <= t->columns, "none is longer than the screen is wide");
    char *text = strv_join(&lines, "\n");
    strv_done(&lines);
    return text;
}

static void add_changes(struct top *t)
{
    static const char text[] =
        "[{\"n\":1,\"time\":1763712000.1,\"level\":\"info\",\"area\":\"portmap\",\"text\":"
        "\"mapping "
        "added\",\"fields\":{\"host-port\":\"28001\",\"container\":"
        "\"82383f29389851b2b764b6c466454344c39228df9816f72bd45c4a8aa7fac0d6\"}},"
        "{\"n\":2,\"time\":\"x\",\"area\":7,\"text\":\"\\u001b[2J\",\"fields\":[]},3]";
    CLEAN(json) json_t *changes = json_parse(text, strlen(text), NULL);

    top_add_changes(t, changes, true);
}

/* A source that acts where something changes has not been waited for. */
static void test_sources(void)
{
    CLEAN(json)
    json_t *state =
        json_pack("{s:{s:{s:i,s:n,s:n},s:{s:i,s:n,s:i}}}", "sources", "lock", "passes", 0,
                  "last_ok_age", "resync", "lb", "passes", 0, "last_ok_age", "resync", 60);
    struct top t;

    top_init(&t, 120, 20);
    top_set_state(&t, state, NOW);
    CLEAN(free_str) char *text = view(&t, false);
    ok(strstr(text, "in step: lock idle  lb never") != NULL, "who has nothing to do is idle");
    top_done(&t);
}

static void golden(const char *keys, size_t columns, size_t height, bool colour, const char *file)
{
    struct top t;

    open_top(&t, columns, height);
    add_changes(&t);
    press(&t, keys);
    CLEAN(free_str) char *text = view(&t, colour);
    is_golden(text, file);
    top_done(&t);
}

static void test_views(void)
{
    golden("", 80, 24, false, "agent/top-80.txt");
    golden("", 60, 24, false, "agent/top-60.txt");
    golden("jj", 200, 40, true, "agent/top-200.txt");
    golden("pj", 100, 24, false, "agent/top-problems.txt");
    golden("v", 80, 24, false, "agent/top-services.txt");
    golden("/web\r", 100, 20, false, "agent/top-search.txt");
    golden("?", 80, 16, false, "agent/top-help.txt");
    golden("j", 20, 5, false, "agent/top-tiny.txt");
}

static void test_nothing_known(void)
{
    struct top t;

    top_init(&t, 80, 24);
    top_set_trouble(&t, "connection refused");
    CLEAN(free_str) char *text = view(&t, false);
    ok(strstr(text, "does not answer") && strstr(text, "connection refused"),
       "nothing is known yet");
    ok(!top_subject(&t), "nothing is selected");
    is_int(top_press(&t, TOP_KEY_ENTER, 0), TOP_GO_ON, "nothing is explained");
    press(&t, "\033[B\033[6~\033[F\033[A\033[H/x\rvsp");
    ok(!top_subject(&t), "nor after some keys");
    top_done(&t);
}

/* The subject after 'keys'. */
static void selects(const char *keys, const char *wanted)
{
    struct top t;

    open_top(&t, 80, 24);
    press(&t, keys);
    is_str(top_subject(&t), wanted, "the subject");
    top_done(&t);
}

static void test_selection(void)
{
    selects("", "\033[2J\xe2\x80\xae"
                "evil\a");
    selects("\033[B\033[B\033[B", "db");
    selects("\033[B\033[B\033OA", "a-container-with-a-name-that-is-longer-than-most");
    selects("\033[F", "web");
    selects("\033[F\033[H", "\033[2J\xe2\x80\xae"
                            "evil\a");
    selects("\033[6~\033[6~", "web");
    selects("v", "api");
    selects("vj", "db");
    selects("/WEB-1", "web-1");
    selects("/nothing like that", NULL);
    selects("/nothing\033", "\033[2J\xe2\x80\xae"
                            "evil\a");
    selects("/twicf\x7f", "twice");
}

static void test_order(void)
{
    struct top t;

    open_top(&t, 80, 24);
    press(&t, "s");
    is_str(top_sort_name(&t), "service", "by service");
    press(&t, "\033[H");
    is_str(top_subject(&t), "a-container-with-a-name-that-is-longer-than-most", "api comes first");
    press(&t, "s\033[H");
    is_int(t.rows.v[t.shown[0]].health, ROW_BAD, "the worst comes first");
    press(&t, "s\033[H");
    is_str(t.rows.v[t.shown[0]].outside, "192.0.2.9:9", "the lowest port comes first");
    press(&t, "s");
    is_str(top_sort_name(&t), "name", "and round");
    top_done(&t);
}

/* What is selected stays selected when rows come and go; its row is in sight. */
static void test_stays(void)
{
    CLEAN(json) json_t *state = read_state();
    struct top t;

    open_top(&t, 80, 24);
    press(&t, "\033[B\033[B\033[B\033[B");
    is_str(top_subject(&t), "twice", "it is selected");
    size_t before = t.selected;
    json_array_remove(json_arr(state, "containers"), 4);
    top_set_state(&t, state, NOW + 1);
    is_str(top_subject(&t), "twice", "it still is");
    is_int((long long)t.selected, (long long)before - 1, "though its place is another one");
    json_array_clear(json_arr(state, "containers"));
    json_array_clear(json_arr(state, "machines"));
    json_array_clear(json_arr(state, "backends"));
    top_set_state(&t, state, NOW + 2);
    ok(!top_subject(&t), "all have gone");
    top_done(&t);
}

static void test_changes(void)
{
    struct top t;

    top_init(&t, 80, 24);
    for (int i = 0; i < 300; i++) {
        CLEAN(free_str)
        char *text = xasprintf("[{\"time\":%d,\"area\":\"a\",\"text\":\"t%d\"}]", i, i);
        CLEAN(json) json_t *list = json_parse(text, strlen(text), NULL);
        top_add_changes(&t, list, false);
    }
    is_int((long long)t.changes.n, TOP_CHANGES_MAX, "so many are kept");
    is_str(t.changes.v[TOP_CHANGES_MAX - 1], "00:04:59 a: t299", "the newest is the last");
    add_changes(&t);
    is_int((long long)t.changes.n, 3, "all of another agent");
    is_str(t.changes.v[0], "08:00:00 portmap: mapping added host-port=28001 container=82383f293898",
           "a change");
    is_str(t.changes.v[1], "00:00:00 ?: \\x1b[2J", "whatever it is");
    top_done(&t);
}

static void reads(const char *bytes, size_t len, bool all, size_t used, enum top_key wanted)
{
    enum top_key key = TOP_KEY_NONE;
    char character = 0;

    is_int((long long)top_key_read(bytes, len, all, &key, &character), (long long)used,
           "bytes of a key");
    if (used)
        is_int(key, wanted, "the key");
}

static void test_keys(void)
{
    reads("", 0, true, 0, TOP_KEY_NONE);
    reads("\033", 1, false, 0, TOP_KEY_NONE);
    reads("\033", 1, true, 1, TOP_KEY_ESCAPE);
    reads("\033[", 2, false, 0, TOP_KEY_NONE);
    reads("\033[", 2, true, 2, TOP_KEY_NONE);
    reads("\033[5", 3, false, 0, TOP_KEY_NONE);
    reads("\033[5~x", 5, false, 4, TOP_KEY_PAGE_UP);
    reads("\033OB", 3, false, 3, TOP_KEY_DOWN);
    reads("\033[1;5B", 6, false, 6, TOP_KEY_NONE);
    reads("\033[11111111111111111111", 22, false, 17, TOP_KEY_NONE);
    reads("\r", 1, false, 1, TOP_KEY_ENTER);
    reads("\x7f", 1, false, 1, TOP_KEY_BACKSPACE);
    reads("q", 1, false, 1, TOP_KEY_CHARACTER);
    reads("\xe4\xb8\xad", 3, false, 1, TOP_KEY_NONE);
    reads("\0", 1, false, 1, TOP_KEY_NONE);
}

static void test_page(void)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct top t;

    open_top(&t, 40, 10);
    for (int i = 0; i < 30; i++)
        sbuf_addf(&text, "line %d\n", i);
    sbuf_adds(&text, "  step        a text that is longer than forty columns and goes on");
    top_show_page(&t, sbuf_str(&text));
    is_int((long long)t.page.lines.n, 32, "a long line is two");
    is_str(t.page.lines.v[31], "              forty columns and goes on", "the second is indented");
    press(&t, "\033[F");
    is_int((long long)t.page.first, 24, "the end of the page");
    press(&t, "\033[A\033[5~");
    is_int((long long)t.page.first, 15, "up again");
    press(&t, "q");
    ok(!t.in_page, "another key closes it");
    is_int(top_press(&t, TOP_KEY_CHARACTER, 'q'), TOP_QUIT, "and ends");
    top_done(&t);
}

int main(void)
{
    test_keys();
    test_views();
    test_sources();
    test_nothing_known();
    test_selection();
    test_order();
    test_stays();
    test_changes();
    test_page();
    return tap_done();
}
