#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

/*
 * Names of functions from an ELF file as it lies mapped in memory: no allocation, no lock. First from another whole file
 * in its section .s3loggerd.functions, which is what a stripped program keeps of its names (packaging/function_names.py),
 * then from the file's own tables (.symtab, .dynsym).
 */

/* The function that holds `offset` (an address as the file counts) and where it begins; NULL where none is known. */
const char *function_at(const uint8_t *file, uint64_t offset, uint64_t *begin);

/* The bytes of the linker's build id, and their number; NULL where there is none. */
const uint8_t *build_id(const uint8_t *file, uint32_t *length);

#pragma GCC visibility pop

#endif
