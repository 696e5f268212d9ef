/* Follows a directory by inotify, also one that is made later: until then the nearest directory
 * above it that exists is followed for the name that is missing. */
#ifndef REGISTRATOR_DIRWATCH_H
#define REGISTRATOR_DIRWATCH_H

#include <ev.h>

struct dir_watch;

/* 'path' is copied. 'on_event' is called, from the loop, when something in the directory, or the
 * directory itself, may have changed. Where inotify is not to be had it is never called. */
struct dir_watch *dir_watch_new(struct ev_loop *loop, const char *path, void (*on_event)(void *arg),
                                void *arg);
void dir_watch_free(struct dir_watch *w);

/* Looks for the directory again. Called before it is read: what changes after that is told. */
void dir_watch_renew(struct dir_watch *w);

#endif
