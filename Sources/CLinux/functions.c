#include "functions.h"

#include <elf.h>
#include <string.h>

/* Copied out, as a file within a file may lie at any address. `sh_type` is SHT_NULL behind the last. */
static Elf64_Shdr section(const uint8_t *file, unsigned index) {
  Elf64_Ehdr head;
  Elf64_Shdr found = {.sh_type = SHT_NULL};
  memcpy(&head, file, sizeof head);
  if (index < head.e_shnum) memcpy(&found, file + head.e_shoff + index * sizeof found, sizeof found);
  return found;
}

/* The section of that name; `sh_type` is SHT_NULL where there is none. */
static Elf64_Shdr section_named(const uint8_t *file, const char *name) {
  Elf64_Ehdr head;
  memcpy(&head, file, sizeof head);
  const char *names = (const char *)file + section(file, head.e_shstrndx).sh_offset;
  for (unsigned index = 1; index < head.e_shnum; index++) {
    Elf64_Shdr found = section(file, index);
    if (strcmp(names + found.sh_name, name) == 0) return found;
  }
  return section(file, 0);
}

static const char *look_up(const uint8_t *file, Elf64_Shdr table, uint64_t offset, uint64_t *begin) {
  const char *names = (const char *)file + section(file, table.sh_link).sh_offset;
  for (uint64_t place = 0; place < table.sh_size; place += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol;
    memcpy(&symbol, file + table.sh_offset + place, sizeof symbol);
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
    if (offset < symbol.st_value || offset - symbol.st_value >= symbol.st_size) continue;
    *begin = symbol.st_value;
    return names + symbol.st_name;
  }
  return NULL;
}

const char *function_at(const uint8_t *file, uint64_t offset, uint64_t *begin) {
  Elf64_Shdr found = section_named(file, ".s3loggerd.functions");
  const char *name = found.sh_type == SHT_NULL ? NULL : function_at(file + found.sh_offset, offset, begin);
  for (unsigned index = 1; name == NULL && (found = section(file, index)).sh_type != SHT_NULL; index++)
    if (found.sh_type == SHT_SYMTAB || found.sh_type == SHT_DYNSYM) name = look_up(file, found, offset, begin);
  return name;
}

const uint8_t *build_id(const uint8_t *file, uint32_t *length) {
  Elf64_Nhdr note;
  Elf64_Shdr found = section_named(file, ".note.gnu.build-id");
  if (found.sh_type != SHT_NOTE) return NULL;
  memcpy(&note, file + found.sh_offset, sizeof note);
  *length = note.n_descsz;
  return file + found.sh_offset + sizeof note + note.n_namesz;
}
