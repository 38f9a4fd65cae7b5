#include "CChecksum.h"

#include <string.h>

// Polynomials are held reflected: the highest bit is the coefficient of x^0.
static const uint64_t polynomial = 0x9a6c9329ac4bc9b5u;
static const uint64_t one = (uint64_t)1 << 63;

// The remainder of byte `b` with `n` zero bytes behind it is slices[n][b]: eight bytes go at once.
static uint64_t slices[8][256];

static uint64_t times_x(uint64_t value) { return (value >> 1) ^ (polynomial & -(value & 1)); }

__attribute__((constructor)) static void fill_slices(void) {
  for (unsigned byte = 0; byte < 256; byte++) {
    uint64_t remainder = byte;
    for (int bit = 0; bit < 8; bit++) remainder = times_x(remainder);
    slices[0][byte] = remainder;
  }
  for (unsigned byte = 0; byte < 256; byte++)
    for (int slice = 1; slice < 8; slice++)
      slices[slice][byte] = (slices[slice - 1][byte] >> 8) ^ slices[0][slices[slice - 1][byte] & 255];
}

static uint64_t little_endian(const unsigned char *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

// Of the remainder as it is between the ones at both ends.
static uint64_t plain(uint64_t remainder, const unsigned char *bytes, size_t count) {
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word = remainder ^ little_endian(bytes);
    remainder = slices[7][word & 255] ^ slices[6][word >> 8 & 255] ^ slices[5][word >> 16 & 255] ^
                slices[4][word >> 24 & 255] ^ slices[3][word >> 32 & 255] ^ slices[2][word >> 40 & 255] ^
                slices[1][word >> 48 & 255] ^ slices[0][word >> 56];
  }
  for (; count > 0; bytes++, count--) remainder = (remainder >> 8) ^ slices[0][(remainder ^ *bytes) & 255];
  return remainder;
}

uint64_t s3l_crc64nvme_portable(uint64_t before, const void *bytes, size_t count) {
  return ~plain(~before, bytes, count);
}

// MARK: Combining

static uint64_t product(uint64_t left, uint64_t right) {
  uint64_t result = 0;
  for (uint64_t bit = one; bit != 0; bit >>= 1) {
    result ^= right & -(uint64_t)((left & bit) != 0);
    right = times_x(right);
  }
  return result;
}

// x to the power of `exponent`.
static uint64_t power(uint64_t exponent) {
  uint64_t result = one, square = one >> 1;
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = product(result, square);
    square = product(square, square);
  }
  return result;
}

uint64_t s3l_crc64nvme_combined(uint64_t first, uint64_t second, uint64_t count) {
  // The ones at both ends cancel out. x^8 is taken first: the number of bits may need more than 64 bits.
  uint64_t shift = one, square = power(8);
  for (; count != 0; count >>= 1) {
    if (count & 1) shift = product(shift, square);
    square = product(square, square);
  }
  return product(first, shift) ^ second;
}

// MARK: Carry-less multiplication

#if defined(__x86_64__)
#include <immintrin.h>

// How far 128 bits are moved on: by eight blocks of 16 bytes, by one, and by two and four to join the eight.
//
// The product of two reflected words is one bit short of 128, so that each factor is of one power less: the first word of
// a block stands 64 bits before the second. See Gopal et al., "Fast CRC Computation for Generic Polynomials Using
// PCLMULQDQ Instruction" (Intel, 2009).
struct step {
  uint64_t first, second;
};
static struct step by_eight, by_four, by_two, by_one;
static int is_accelerated;

static struct step step(uint64_t blocks) {
  return (struct step){.first = power(128 * blocks + 63), .second = power(128 * blocks - 1)};
}

__attribute__((constructor)) static void look_at_processor(void) {
  by_eight = step(8);
  by_four = step(4);
  by_two = step(2);
  by_one = step(1);
  __builtin_cpu_init();
  is_accelerated = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

__attribute__((target("pclmul,sse4.1"))) static inline __m128i moved(__m128i block, __m128i by, __m128i next) {
  __m128i first = _mm_clmulepi64_si128(block, by, 0x00);
  __m128i second = _mm_clmulepi64_si128(block, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), next);
}

__attribute__((target("pclmul,sse4.1"))) static inline __m128i factors(struct step step) {
  return _mm_set_epi64x((long long)step.second, (long long)step.first);
}

__attribute__((target("pclmul,sse4.1"))) static inline __m128i load(const unsigned char *bytes, size_t block) {
  return _mm_loadu_si128((const __m128i *)(bytes + 16 * block));
}

// At least 128 bytes.
__attribute__((target("pclmul,sse4.1"))) static uint64_t folded(
    uint64_t remainder, const unsigned char *bytes, size_t count) {
  __m128i blocks[8];
  for (size_t index = 0; index < 8; index++) blocks[index] = load(bytes, index);
  blocks[0] = _mm_xor_si128(blocks[0], _mm_set_epi64x(0, (long long)remainder));
  __m128i by = factors(by_eight);
  for (bytes += 128, count -= 128; count >= 128; bytes += 128, count -= 128)
    for (size_t index = 0; index < 8; index++) blocks[index] = moved(blocks[index], by, load(bytes, index));
  by = factors(by_four);
  for (size_t index = 0; index < 4; index++) blocks[index] = moved(blocks[index], by, blocks[index + 4]);
  by = factors(by_two);
  for (size_t index = 0; index < 2; index++) blocks[index] = moved(blocks[index], by, blocks[index + 2]);
  by = factors(by_one);
  __m128i last = moved(blocks[0], by, blocks[1]);
  for (; count >= 16; bytes += 16, count -= 16) last = moved(last, by, load(bytes, 0));
  unsigned char rest[16];
  _mm_storeu_si128((__m128i *)rest, last);
  return plain(plain(0, rest, sizeof rest), bytes, count);
}

uint64_t s3l_crc64nvme(uint64_t before, const void *bytes, size_t count) {
  if (!is_accelerated || count < 256) return s3l_crc64nvme_portable(before, bytes, count);
  return ~folded(~before, bytes, count);
}

int s3l_crc64nvme_is_accelerated(void) { return is_accelerated; }
#else
uint64_t s3l_crc64nvme(uint64_t before, const void *bytes, size_t count) {
  return s3l_crc64nvme_portable(before, bytes, count);
}

int s3l_crc64nvme_is_accelerated(void) { return 0; }
#endif
