#include "lib/term.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define COLUMNS 80
#define ROWS 24

/* Another page, no cursor, no line that goes on in the next one. */
static const char enter[] = "\033[?1049h\033[?25l\033[?7l\033[H\033[2J";
static const char leave[] = "\033[?7h\033[?25h\033[0m\033[?1049l";

/* What ends a program that does not look after it. */
static const int fatal[] = {SIGHUP,  SIGINT, SIGQUIT, SIGTERM, SIGABRT,
                            SIGSEGV, SIGBUS, SIGFPE,  SIGILL};

static struct termios before;
static struct sigaction actions[ARRAY_LEN(fatal)];
static volatile sig_atomic_t taken;

static void catch_signals(void);
static void release_signals(void);
static void restore(void);

int term_colours_parse(const char *word, enum term_colours *ret)
{
    static const char *const words[] = {"auto", "always", "never"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (!strcmp(word, words[i])) {
            *ret = (enum term_colours)i;
            return 0;
        }
    return -1;
}

bool term_is(int fd)
{
    const char *type = getenv("TERM");

    return isatty(fd) && type && *type && strcmp(type, "dumb") != 0;
}

bool term_has_colours(int fd, enum term_colours when)
{
    const char *refused = getenv("NO_COLOR");

    if (when != TERM_COLOURS_AUTO)
        return when == TERM_COLOURS_ALWAYS;
    return term_is(fd) && (!refused || !*refused);
}

void term_size(int fd, size_t *ret_columns, size_t *ret_rows)
{
    struct winsize size = {0};
    bool known = !ioctl(fd, TIOCGWINSZ, &size);

    *ret_columns = known && size.ws_col ? size.ws_col : COLUMNS;
    *ret_rows = known && size.ws_row ? size.ws_row : ROWS;
}

int term_open(struct err **err)
{
    static bool registered;
    struct termios raw;

    if (!term_is(STDIN_FILENO) || !term_is(STDOUT_FILENO))
        return err_set(err, "stdin and stdout are no terminal, or TERM is unset or dumb");
    if (tcgetattr(STDIN_FILENO, &before))
        return err_set_errno(err, errno, "the terminal cannot be read");
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (!registered)
        atexit(term_close);
    registered = true;
    taken = 1;
    catch_signals();
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) ||
        write(STDOUT_FILENO, enter, sizeof enter - 1) < 0) {
        err_set_errno(err, errno, "the terminal cannot be set");
        term_close();
        return -1;
    }
    return 0;
}

void term_close(void)
{
    if (!taken)
        return;
    release_signals();
    restore();
}

/* Calls nothing that a signal's handler may not. */
static void restore(void)
{
    ssize_t ignored = write(STDOUT_FILENO, leave, sizeof leave - 1);

    (void)ignored;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    taken = 0;
}

/* The signal comes again, to who had it before. */
static void on_fatal(int signum)
{
    int code = errno;

    if (taken)
        restore();
    for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
        if (fatal[i] == signum)
            sigaction(signum, &actions[i], NULL);
    raise(signum);
    errno = code;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_fatal};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ARRAY_LEN(fatal); i++) {
        sigaction(fatal[i], NULL, &actions[i]);
        /* Who looks after a signal, or ignores it, goes on doing so; only a fault is caught first.
         */
        if (actions[i].sa_handler == SIG_DFL || fatal[i] == SIGSEGV || fatal[i] == SIGBUS)
            sigaction(fatal[i], &action, NULL);
    }
}

static void release_signals(void)
{
    struct sigaction now;

    for (size_t i = 0; i < ARRAY_LEN(fatal); i++) {
        sigaction(fatal[i], NULL, &now);
        if (now.sa_handler == on_fatal)
            sigaction(fatal[i], &actions[i], NULL);
    }
}
