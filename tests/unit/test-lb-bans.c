/* Who is to blame for what HAProxy refuses, and for how long. */
#include <string.h>

#include "lb-template/alert.h"
#include "lb-template/bans.h"
#include "lb-template/keep.h"
#include "lb-template/patched.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void render(struct rendering *r, const char *a, const char *b)
{
    struct rendering before = *r;
    struct sbuf text = SBUF_INIT;

    *r = (struct rendering){0};
    sbuf_adds(&text, a);
    rendering_add(r, &text, "a");
    sbuf_adds(&text, b);
    rendering_add(r, &text, "b");
    rendering_stamp_all(r, &before);
    rendering_done(&before);
}

static void test_bans(void)
{
    struct rendering r = {0};
    struct bans l = {0};
    struct problems problems = {0};

    render(&r, "backend a\n", "backend b\n");
    ok(!(bans_next(&l) > 0.) && !bans_review(&l, &r, 0.), "nobody is banned");
    ok(bans_add(&l, "b", &r, "bad", 160.) && bans_add(&l, "a", &r, "worse", 150.), "two are");
    ok(!bans_add(&l, "a", &r, "again", 200.), "nobody twice");
    is_str(l.owners.v[0], "a", "sorted");
    is_int((long long)bans_next(&l), 150, "until the first is over");
    bans_report(&l, &problems);
    is_str(problems.v[0].subject, "service b", "they are reported");
    is_str(problems.v[0].text, "HAProxy refuses what it brings, so it is left out: bad", "why");
    ok(!bans_review(&l, &r, 149.), "nothing has changed");
    ok(bans_review(&l, &r, 150.) && l.n == 1 && l.owners.n == 1, "one's time is over");
    render(&r, "backend a\n balance x\n", "backend b\n");
    ok(!bans_review(&l, &r, 151.), "another's change is no reason");
    render(&r, "backend a\n", "backend b\n balance y\n");
    ok(bans_review(&l, &r, 152.) && !l.n, "its own is");
    bans_add(&l, "gone", &r, "bad", 160.);
    ok(!bans_review(&l, &r, 159.), "who shows nothing stays banned");
    ok(bans_review(&l, &r, 160.), "for its time");
    bans_add(&l, "a", &r, "bad", 200.);
    ok(!bans_kept(&l, "a") && !bans_forget(&l, "a"), "nothing is kept of it");
    bans_keep(&l, "a", xstrdup("backend a\n balance first\n"));
    is_str(bans_kept(&l, "a")->kept, "backend a\n balance first\n", "what was there before is");
    ok(!bans_kept(&l, "b") && !bans_kept(&l, NULL), "of nobody else");
    problems_done(&problems);
    bans_report(&l, &problems);
    is_str(problems.v[0].text, "HAProxy refuses what it brings, so it stays as it was: bad",
           "it is said");
    ok(bans_forget(&l, NULL) && !bans_kept(&l, "a"), "it can be forgotten");
    bans_done(&l);
    problems_done(&problems);
    rendering_done(&r);
}

static void test_keep(void)
{
    static const char file[] = "global\n maxconn 1\nfrontend a_1\n bind :1\nbackend b\n\n"
                               "# of a\nbackend a\n server x ::1:1\nbackend ab\nglobal\n";
    CLEAN(free_str) char *both = keep_sections(file, "frontend a_1\n bad\nbackend  a # new\n");

    is_str(both, "frontend a_1\n bind :1\nbackend a\n server x ::1:1\n", "two sections");
    ok(!keep_sections(file, "backend new\n"), "a new one was not there");
    ok(!keep_sections(file, "global\n bad\nbackend a\n"), "sections without names are not kept");
    ok(!keep_sections(file, "# nothing\n") && !keep_sections("", "backend a\n"), "nor is nothing");
    CLEAN(free_str) char *last = keep_sections("backend a\n x", "backend a\n");
    is_str(last, "backend a\n x\n", "a last line gets its end");
}

/* With one owner banned and kept, one banned and left out. */
static void test_patched(void)
{
    struct rendering r = {0};
    struct bans l = {0};
    struct patched p = {0};
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    render(&r, "backend a\n bad\n", "backend b\n bad\n");
    bans_add(&l, "a", &r, "bad", 10.);
    bans_add(&l, "b", &r, "bad", 10.);
    bans_keep(&l, "b", xstrdup("backend b\n good\n"));
    patched_make(&p, &r, &l, &l.owners);
    for (size_t i = 0; i < p.rendering.n; i++)
        if (!rendering_leaves_out(&p.rendering.v[i], &p.without))
            sbuf_add(&text, p.rendering.v[i].text, p.rendering.v[i].len);
    is_str(sbuf_str(&text), "backend b\n good\n", "what was before stays");
    ok(p.without.n == 1 && !strcmp(p.without.v[0], "a"), "the other one is left out");
    is_str(rendering_owner_at(&p.rendering, &p.without, 2), "b", "its lines are its own");
    ok(!bans_review(&l, &r, 1.), "what it wants now is no news");
    patched_done(&p);
    bans_done(&l);
    rendering_done(&r);
}

static void test_alert_lines(void)
{
    static const char output[] =
        "[NOTICE]   (7) : haproxy version is 2.6.12\n"
        "[WARNING]  (7) : config : parsing [/d/x.check:3] : a warning\n"
        "[ALERT]    (7) : config : parsing [/d/x.check:12] : unknown keyword 'foo'\n"
        "[ALERT]    (7) : config : parsing [/d/other:5] : somewhere else\n"
        "[ALERT]    (7) : config : Error(s) found in configuration file : /d/x.check\n"
        "[ALERT]    (7) : config : parsing [/d/x.check:40]: no such thing\n"
        "[ALERT]    (7) : config : Fatal errors found in configuration.\n";
    const char *at = output;
    char *words = NULL;

    is_int((long long)alert_line(&at, "/d/x.check", &words), 12, "the first line named");
    is_str(words, "config : parsing [/d/x.check:12] : unknown keyword 'foo'", "and what of it");
    free(words);
    is_int((long long)alert_line(&at, "/d/x.check", &words), 40, "the next one");
    free(words);
    is_int((long long)alert_line(&at, "/d/x.check", &words), 0, "and no more");
    ok(!*at && !words, "at the end");
}

int main(void)
{
    test_bans();
    test_keep();
    test_patched();
    test_alert_lines();
    return tap_done();
}
