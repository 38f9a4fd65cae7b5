#include "line.h"

#include <errno.h>
#include <unistd.h>

void add(struct line *line, const char *text) {
  while (*text && line->length < sizeof line->text - 1) line->text[line->length++] = *text++;
}

void add_number(struct line *line, uint64_t number, unsigned base) {
  char digits[24];
  char *first = digits + sizeof digits - 1;
  *first = 0;
  do *--first = "0123456789abcdef"[number % base];
  while (number /= base);
  add(line, first);
}

void put(struct line *line) {
  line->text[line->length++] = '\n';
  for (size_t done = 0; done < line->length;) {
    ssize_t written = write(STDERR_FILENO, line->text + done, line->length - done);
    if (written > 0) done += (size_t)written;
    else if (errno != EINTR) return;
  }
}
