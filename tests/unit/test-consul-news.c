/* The journals of changes: what is news, and when some was missed. */
#include "registrator/consul_news.h"

#include <string.h>

#include "lib/sbuf.h"
#include "tests/tap.h"

/* printf %s '{"boot":"a","at":2,"services":["web","api"]}' | base64 -w0, and so on */
#define A_2 "eyJib290IjoiYSIsImF0IjoyLCJzZXJ2aWNlcyI6WyJ3ZWIiLCJhcGkiXX0="
#define A_3 "eyJib290IjoiYSIsImF0IjozLCJzZXJ2aWNlcyI6WyJhcGkiLCJkYiJdfQ=="
#define A_9 "eyJib290IjoiYSIsImF0Ijo5LCJzZXJ2aWNlcyI6WyJ4IiwieSJdfQ=="
#define B_1 "eyJib290IjoiYiIsImF0IjoxLCJzZXJ2aWNlcyI6WyJ6Il19"
#define ODD "eyJib290IjoiYSIsImF0IjoxLCJzZXJ2aWNlcyI6WyJ3ZWIiLCJhcGkiXX0=" /* at < names */

static struct consul_news news;

static void expect(const char *text, const char *names, bool gap, const char *what)
{
    struct strv got = {0};
    bool got_gap = false;

    is_int(consul_news_read(&news, text, strlen(text), &got, &got_gap, NULL), 0, "%s: read", what);
    CLEAN(free_str) char *joined = strv_join(&got, ",");
    is_str(joined, names, "%s: names", what);
    ok(got_gap == gap, "%s: gap", what);
    strv_done(&got);
}

#define KEY(node, index, value)                                                                    \
    "{\"Key\":\"berth/changes/" node "\",\"ModifyIndex\":" #index ",\"Value\":" value "}"

int main(void)
{
    expect("", "", false, "no journal");
    expect("[" KEY("n1", 5, "\"" A_2 "\"") "]", "web,api", false, "a first look");
    expect("[" KEY("n1", 5, "\"" A_2 "\"") "]", "", false, "the same value");
    expect("[" KEY("n1", 6, "\"" A_3 "\"") "]", "db", false, "one more");
    expect("[" KEY("n1", 7, "\"" A_9 "\"") "]", "x,y", true, "more than the journal tells");
    expect("[" KEY("n1", 8, "\"" B_1 "\"") "]", "z", false, "another life of the writer");
    expect("[" KEY("n0", 9, "\"" A_2 "\"") "," KEY("n1", 8, "\"" B_1 "\"") "]", "web,api", false,
           "a second node");
    expect("[" KEY("n1", 10, "null") "]", "", true, "no value");
    expect("[" KEY("n1", 11, "\"?\"") "]", "", true, "no base64");
    expect("[" KEY("n1", 12, "\"e30=\"") "]", "", true, "an empty object");
    expect("[" KEY("n1", 13, "\"" ODD "\"") "]", "", true, "more names than changes");
    expect("[{}, 7, null]", "", false, "entries that are none");

    struct strv none = {0};
    bool gap = false;
    is_int(consul_news_read(&news, "{}", 2, &none, &gap, NULL), -1, "an object is refused");
    is_int(consul_news_read(&news, "[", 1, &none, &gap, NULL), -1, "half an array is refused");
    consul_news_done(&news);
    return tap_done();
}
