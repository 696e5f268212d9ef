#include "lib/conf_where.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static char *section_of(const char *line, size_t len);
static bool sets(const char *line, size_t len, const char *section, const char *name);

unsigned conf_where(const char *text, const char *name)
{
    char *section = xstrdup("");
    unsigned found = 0, number = 1;

    for (const char *p = text; *p; number++) {
        const char *line = p + strspn(p, " \t\r");
        size_t len = strcspn(line, "\n");

        if (*line == '[') {
            free(section);
            section = section_of(line + 1, len - 1);
        } else if (sets(line, len, section, name)) {
            found = number;
        }
        p = line + len + (line[len] == '\n');
    }
    free(section);
    return found;
}

/* What names the options of the section that 'line' begins behind its '['. The caller frees it. */
static char *section_of(const char *line, size_t len)
{
    const char *end = memchr(line, ']', len), *quote = memchr(line, '"', len);

    len = end ? (size_t)(end - line) : len;
    if (!quote || quote > line + len)
        return xstrndup(line, len);
    const char *last = memrchr(line, '"', len);
    return xasprintf("%.*s.%.*s", (int)strcspn(line, " \t"), line,
                     last > quote ? (int)(last - quote - 1) : 0, quote + 1);
}

static bool sets(const char *line, size_t len, const char *section, const char *name)
{
    size_t word = strcspn(line, " \t=:\n"), prefix = strlen(section);

    return *line != ';' && *line != '#' && word < len && !strncmp(name, section, prefix) &&
           name[prefix] == '.' && strlen(name) == prefix + 1 + word &&
           !strncmp(name + prefix + 1, line, word);
}
