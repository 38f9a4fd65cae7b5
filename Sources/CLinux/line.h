#ifndef LINE_H
#define LINE_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* A line of text, put together without allocation. What does not fit is left out. */
struct line {
  char text[512];
  size_t length;
};

void add(struct line *line, const char *text);
void add_number(struct line *line, uint64_t number, unsigned base);

/* Ends the line and writes it to standard error. */
void put(struct line *line);

#pragma GCC visibility pop

#endif
