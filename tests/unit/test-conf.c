#include "lib/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

struct owner {
    char *name;
    char *city;
    unsigned cats;
};

struct sample {
    char *name;
    bool wings;
    unsigned legs;
    double age;
    struct conf_list owners; /* of struct owner */
};

static int check_name(const char *value, struct err **err)
{
    return strchr(value, ' ') ? err_set(err, "it must have no blank") : 0;
}

static const struct conf_key keys[] = {
    {"animal", "name", CONF_STRING, offsetof(struct sample, name), "cat", 0, 0, "Its name.",
     check_name, CONF_RESTART},
    {"animal", "wings", CONF_BOOL, offsetof(struct sample, wings), "no", 0, 0, "Can it fly?", NULL,
     CONF_RESTART},
    {"body", "legs", CONF_UINT, offsetof(struct sample, legs), "4", 0, 1000, "How many.", NULL,
     CONF_LIVE},
    {"body", "age", CONF_SECONDS, offsetof(struct sample, age), "1.5", 0, 60, "How old.", NULL,
     CONF_LIVE},
};
static const struct conf_key owner_keys[] = {
    {"owner", "city", CONF_STRING, offsetof(struct owner, city), "Bonn", 0, 0, "Where.", NULL,
     CONF_LIVE},
    {"owner", "cats", CONF_UINT, offsetof(struct owner, cats), "1", 1, 9, "How many.", NULL,
     CONF_LIVE},
};
static const struct conf_kind kinds[] = {{"owner", owner_keys, ARRAY_LEN(owner_keys),
                                          sizeof(struct owner), offsetof(struct sample, owners)}};
static const struct conf_table table = {keys, ARRAY_LEN(keys), kinds, ARRAY_LEN(kinds)};

static void add(const struct sample *s, struct sbuf *out)
{
    sbuf_addf(out, "%s %s %u %g", s->name, s->wings ? "yes" : "no", s->legs, s->age);
    for (size_t i = 0; i < s->owners.n; i++) {
        const struct owner *o = (const struct owner *)s->owners.v + i;
        sbuf_addf(out, " (%s %s %u)", o->name, o->city, o->cats);
    }
}

static void test_set(void)
{
    static const struct {
        const char *assignment, *outcome;
    } rows[] = {
        {"animal.name=dog", "dog no 4 1.5"},
        {"animal.name=a=b", "a=b no 4 1.5"},
        {"animal.name=", " no 4 1.5"},
        {"animal.wings=Yes", "cat yes 4 1.5"},
        {"animal.wings=off", "cat no 4 1.5"},
        {"body.legs=0x10", "cat no 16 1.5"},
        {"body.legs=0", "cat no 0 1.5"},
        {"body.age=0.25", "cat no 4 0.25"},
        {"animal.name=a cat", "[animal] name = a cat: it must have no blank"},
        {"animal.wings=maybe", "[animal] wings = maybe: it must be yes or no"},
        {"body.legs=-1", "[body] legs = -1: it must be a whole number from 0 to 1000"},
        {"body.legs=1001", "[body] legs = 1001: it must be a whole number from 0 to 1000"},
        {"body.legs=4x", "[body] legs = 4x: it must be a whole number from 0 to 1000"},
        {"body.legs=", "[body] legs = : it must be a whole number from 0 to 1000"},
        {"body.legs=99999999999999999999",
         "[body] legs = 99999999999999999999: it must be a whole number from 0 to 1000"},
        {"body.age=nan", "[body] age = nan: it must be a number of seconds from 0 to 60"},
        {"body.age=61", "[body] age = 61: it must be a number of seconds from 0 to 60"},
        {"body.tail=1", "unknown key 'tail' in [body]; it has: legs age"},
        {"soul.age=1", "unknown section [soul]; there are: [animal] [body] [owner \"NAME\"]"},
        {"owner.Ann.cats=3", "cat no 4 1.5 (Ann Bonn 3)"},
        {"owner.A.b c.cats=3", "cat no 4 1.5 (A.b c Bonn 3)"},
        {"owner.Ann.city=a.b=c", "cat no 4 1.5 (Ann a.b=c 1)"},
        {"owner.Ann.cats=10", "[owner \"Ann\"] cats = 10: it must be a whole number from 1 to 9"},
        {"owner.Ann.dogs=1", "unknown key 'dogs' in [owner \"Ann\"]; it has: city cats"},
        {"owner.cats=1", "'owner.cats=1' is not of the form owner.NAME.key=value"},
        {"owner..cats=1", "'owner..cats=1' is not of the form owner.NAME.key=value"},
        {"legs=4", "'legs=4' is not of the form section.key=value"},
        {"body.legs", "'body.legs' is not of the form section.key=value"},
        {"legs=body.4", "'legs=body.4' is not of the form section.key=value"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(err) struct err *err = NULL;
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;
        struct sample s = {0};

        conf_defaults(&table, &s);
        if (conf_set(&table, &s, rows[i].assignment, &err))
            sbuf_adds(&got, err_msg(err));
        else
            add(&s, &got);
        is_str(sbuf_str(&got), rows[i].outcome, "-o %s", rows[i].assignment);
        conf_done(&table, &s);
    }
}

/* Loads 'text' from a file called FILE and appends the outcome. */
static void load(const char *text, struct sbuf *out)
{
    char dir[] = "/tmp/test-conf-XXXXXX";
    CLEAN(err) struct err *err = NULL;
    struct sample s = {0};

    if (!mkdtemp(dir))
        abort();
    CLEAN(free_str) char *path = xasprintf("%s/f", dir);
    conf_defaults(&table, &s);
    if (file_replace(path, text, strlen(text), 0600, &err) || conf_load(&table, &s, path, &err)) {
        const char *msg = err_msg(err);
        bool ours = !strncmp(msg, path, strlen(path));
        sbuf_addf(out, "%s%s", ours ? "FILE" : "", ours ? msg + strlen(path) : msg);
    } else {
        add(&s, out);
    }
    conf_done(&table, &s);
    unlink(path);
    rmdir(dir);
}

/* Sets '*s', which is zeroed, from the text of a good file. */
static void load_into(struct sample *s, const char *text)
{
    char path[] = "/tmp/test-conf-XXXXXX";
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
    conf_defaults(&table, s);
    if (conf_load(&table, s, path, NULL))
        abort();
    unlink(path);
}

static void test_load(void)
{
    static const struct {
        const char *text, *outcome;
    } rows[] = {
        {"", "cat no 4 1.5"},
        {"# a comment\n\n[body]\nlegs = 6 ; six\n", "cat no 6 1.5"},
        {"[animal]\nname = bee\nwings = yes\n[body]\nlegs=6\nage=2\n", "bee yes 6 2"},
        {"[body]\nlegs = 6\nlegs = 8\n", "cat no 8 1.5"},
        {"[body]\nlegs = 6\ntail = 1\n", "FILE:3: unknown key 'tail' in [body]; it has: legs age"},
        {"[soul]\nage = 6\n",
         "FILE:2: unknown section [soul]; there are: [animal] [body] [owner \"NAME\"]"},
        {"[owner \"B\"]\ncats=2\n[body]\nlegs=2\n[owner \"A b\"]\ncity=Ulm\n[owner \"B\"]\n"
         "city=Hof\n",
         "cat no 2 1.5 (B Hof 2) (A b Ulm 1)"},
        {"[owner]\ncats=2\n", "FILE:2: section [owner] must be of the form [owner \"NAME\"]"},
        {"[owner Ann]\ncats=2\n",
         "FILE:2: section [owner Ann] must be of the form [owner \"NAME\"]"},
        {"[owner \"\"]\ncats=2\n",
         "FILE:2: section [owner \"\"] must be of the form [owner \"NAME\"]"},
        {"[owner \"A\" ]\ncats=2\n",
         "FILE:2: section [owner \"A\" ] must be of the form [owner \"NAME\"]"},
        {"[owner \"A\"]\ncats=0\n",
         "FILE:2: [owner \"A\"] cats = 0: it must be a whole number from 1 to 9"},
        {"\n [owner \"123456789012345678901234567890123456789012\"]\ncats=2\n",
         "FILE:2: a section may have 49 bytes within its brackets"},
        {"[owner \"12345678901234567890123456789012345678901\"]\ncats=2\n",
         "cat no 4 1.5 (12345678901234567890123456789012345678901 Bonn 2)"},
        {"[body]\nlegs = many\n",
         "FILE:2: [body] legs = many: it must be a whole number from 0 to 1000"},
        {"[body]\nlegs\n", "FILE:2: this is no \"key = value\", no [section] and no comment"},
        {"[body\n", "FILE:1: this is no \"key = value\", no [section] and no comment"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;

        load(rows[i].text, &got);
        is_str(sbuf_str(&got), rows[i].outcome, "file %zu", i + 1);
    }
}

static void test_limits(void)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT, got = SBUF_INIT;

    sbuf_adds(&text, "[animal]\nname = ");
    while (text.len < 400)
        sbuf_addch(&text, 'x');
    load(sbuf_str(&text), &got);
    is_str(sbuf_str(&got), "FILE:2: a line may have 199 bytes, this one has 391",
           "a line that inih would cut is refused");

    struct sample s = {0};
    CLEAN(err) struct err *err = NULL;
    is_int(conf_load(&table, &s, "/nonexistent/berth.conf", &err), -1, "no such file");
    is_str(err_msg(err), "cannot read /nonexistent/berth.conf: No such file or directory",
           "and the message names it");
}

static void test_diff(void)
{
    static const struct {
        const char *a, *b, *live, *restart;
    } rows[] = {
        {"", "", "", ""},
        {"[body]\nlegs = 4\n", "", "", ""},
        {"[body]\nlegs = 6\n[animal]\nname = bee\nwings = on\n", "", "body.legs",
         "animal.name animal.wings"},
        {"[body]\nage = 2\n", "[body]\nage = 2.0\nlegs = 0x4\n", "", ""},
        {"[owner \"A b\"]\ncats = 2\n", "", "owner.A b.cats", ""},
        {"", "[owner \"A b\"]\ncats = 2\ncity = Ulm\n", "owner.A b.city owner.A b.cats", ""},
        {"[owner \"A\"]\ncats = 1\n", "", "", ""},
        {"[owner \"A\"]\ncats = 2\n[owner \"B\"]\ncats = 3\n",
         "[owner \"B\"]\ncats = 3\n[owner \"A\"]\ncats = 4\n", "owner.A.cats", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sample a = {0}, b = {0};
        struct strv live = {0}, restart = {0};
        CLEAN(sbuf) struct sbuf kept = SBUF_INIT, wanted = SBUF_INIT;

        load_into(&a, rows[i].a);
        load_into(&b, rows[i].b);
        conf_diff(&table, &a, &b, &live, &restart);
        CLEAN(free_str) char *one = strv_join(&live, " ");
        CLEAN(free_str) char *two = strv_join(&restart, " ");
        is_str(one, rows[i].live, "pair %zu: a reload", i + 1);
        is_str(two, rows[i].restart, "pair %zu: a restart", i + 1);
        conf_keep(&table, &a, &b);
        strv_done(&live);
        strv_done(&restart);
        conf_diff(&table, &a, &b, &live, &restart);
        CLEAN(free_str) char *left = strv_join(&restart, " ");
        is_str(left, "", "pair %zu: nothing takes a restart any more", i + 1);
        strv_done(&live);
        strv_done(&restart);
        conf_done(&table, &a);
        is_str(b.name, i == 2 ? "bee" : "cat", "pair %zu: what is kept is its own", i + 1);
        conf_done(&table, &b);
    }
}

static void test_dump(void)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT, again = SBUF_INIT;
    struct sample s = {0};

    conf_defaults(&table, &s);
    conf_set(&table, &s, "body.legs=2", NULL);
    conf_dump(&table, &s, NULL, &out);
    is_str(sbuf_str(&out),
           "[animal]\n# Its name. [restart] Default: cat\nname = cat\n# Can it fly? [restart] "
           "Default: no\nwings = no\n"
           "\n[body]\n# How many. Default: 4\nlegs = 2\n# How old. Default: 1.5\nage = 1.5\n"
           "\n#[owner \"NAME\"]\n# Where. Default: Bonn\n#city = Bonn\n# How many. Default: 1\n"
           "#cats = 1\n",
           "the dump is a file with help and defaults");
    load(sbuf_str(&out), &again);
    is_str(sbuf_str(&again), "cat no 2 1.5", "and can be read again");

    sbuf_clear(&out);
    sbuf_clear(&again);
    conf_set(&table, &s, "owner.Ann.cats=3", NULL);
    conf_set(&table, &s, "owner.Bob.city=Ulm", NULL);
    conf_dump(&table, &s, NULL, &out);
    load(sbuf_str(&out), &again);
    is_str(sbuf_str(&again), "cat no 2 1.5 (Ann Bonn 3) (Bob Ulm 1)", "names are kept, in order");
    conf_done(&table, &s);
}

int main(void)
{
    test_set();
    test_load();
    test_limits();
    test_diff();
    test_dump();
    return tap_done();
}
