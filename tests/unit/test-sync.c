#include "lib/sync.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/tap.h"

/* A pass that takes its outcomes from a script: 'o' ok, 'e' error, 'f' another error, 'k' kicks
 * itself and then ends well, 'l' ends later, '!' ends the test. */
struct script {
    struct sync sync;
    struct ev_loop *loop;
    const char *next;
    double started[16]; /* since the first pass */
    unsigned n;
    bool inside;
    ev_timer later;
};

static void finish(struct script *s, char c)
{
    struct err *err = NULL;

    s->inside = false;
    if (c == 'e' || c == 'f')
        err_set(&err, "the %s thing is broken", c == 'e' ? "first" : "second");
    if (*s->next == '!')
        ev_break(s->loop, EVBREAK_ALL);
    sync_finish(&s->sync, err);
}

static void on_later(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    finish(timer->data, 'o');
}

static void pass(void *owner)
{
    struct script *s = owner;
    char c = *s->next;

    ok(!s->inside, "no pass runs inside another one");
    s->inside = true;
    s->started[s->n++] = ev_now(s->loop);
    if (c == '!') {
        ev_break(s->loop, EVBREAK_ALL);
        return;
    }
    s->next++;
    if (c == 'k' || c == 'l')
        for (int i = 0; i < 3; i++)
            sync_kick(&s->sync);
    if (c == 'l') {
        ev_timer_set(&s->later, 0.05, 0.);
        ev_timer_start(s->loop, &s->later);
        return;
    }
    finish(s, c);
}

static void run(struct script *s, const char *text, double resync)
{
    *s = (struct script){.loop = EV_DEFAULT, .next = text};
    ev_timer_init(&s->later, on_later, 0., 0.);
    s->later.data = s;
    ev_now_update(s->loop);
    sync_init(&s->sync, s->loop, "test", pass, s, resync);
    sync_kick(&s->sync);
    is_int(s->n, 0, "a kick never runs the pass inline ('%s')", text);
    ev_run(s->loop, 0);
    sync_done(&s->sync);
}

/* Is the gap between passes 'i' and 'i' + 1 near 'wanted' seconds? A loaded machine may be late,
 * never early. */
static void is_gap(const struct script *s, unsigned i, double wanted)
{
    double gap = s->started[i + 1] - s->started[i];

    ok(gap > wanted - 0.01 && gap < wanted + 2., "pass %u follows after %g s (%g s)", i + 2, wanted,
       gap);
}

static void test_kick(void)
{
    struct script s;

    run(&s, "o!", 0);
    is_int((long long)s.sync.passes, 1, "one kick, one pass; no resync where none is asked for");
    run(&s, "ko!", 0);
    is_int((long long)s.sync.passes, 2, "three kicks within a pass make one more");
    run(&s, "lo!", 0);
    is_int((long long)s.sync.passes, 2, "also where the pass ends later");
    is_gap(&s, 0, 0.05);
}

static void test_resync(void)
{
    struct script s;

    run(&s, "oo!", 0.1);
    is_int((long long)s.sync.passes, 2, "the resync timer runs a pass");
    is_gap(&s, 0, 0.1);
    ok(s.sync.last_ok > 0, "the last good pass has a time");
}

static void on_shorten(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    sync_set_resync(timer->data, 0.1);
}

/* A shorter time counts at once: without it the second pass would be an hour away. */
static void test_another_resync(void)
{
    struct script s;
    ev_timer shorten;

    ev_timer_init(&shorten, on_shorten, 0.02, 0.);
    shorten.data = &s.sync;
    ev_timer_start(EV_DEFAULT, &shorten);
    run(&s, "oo!", 3600);
    is_int((long long)s.sync.passes, 2, "the resync timer has the new time");
    is_gap(&s, 0, 0.1);
}

static void test_back_off(void)
{
    struct script s;

    run(&s, "eeo!", 0);
    is_int((long long)s.sync.errors, 2, "two passes failed");
    is_gap(&s, 0, 0.25);
    is_gap(&s, 1, 0.5);
    ok(!s.sync.last_error, "a good pass ends the streak");

    run(&s, "e!", 0);
    is_str(s.sync.last_error, NULL, "nothing is kept after sync_done()");
}

static void on_kick(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    sync_kick(timer->data);
}

/* Kicks do not make a failing pass run more than once a second. */
static void test_kick_in_back_off(void)
{
    struct script s;
    ev_timer kicks;

    ev_timer_init(&kicks, on_kick, 0.01, 0.01);
    kicks.data = &s.sync;
    ev_timer_start(EV_DEFAULT, &kicks);
    run(&s, "eeeo!", 0);
    ev_timer_stop(EV_DEFAULT, &kicks);
    is_int((long long)s.sync.errors, 3, "three passes failed");
    is_gap(&s, 0, 0.25);
    is_gap(&s, 1, 0.5);
    is_gap(&s, 2, 1.0);
}

int main(void)
{
    int null = open("/dev/null", O_WRONLY);

    dup2(null, 2); /* the failures that the passes log */
    close(null);
    test_kick();
    test_resync();
    test_another_resync();
    test_back_off();
    test_kick_in_back_off();
    return tap_done();
}
