// CRC-64/NVME, the checksum that S3 keeps of a whole object whatever parts it came in.
//
// NVM Express NVM Command Set Specification, 5.2.1.3.4; in Rocksoft's terms: polynomial 0xad93d23594c93659, reflected,
// begun with and ended by ones. The check value, of "123456789", is 0xae8b14860a799888.
#ifndef S3LOGGERD_CCHECKSUM_H
#define S3LOGGERD_CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// Goes on with the checksum of what came before, 0 for nothing. By the fastest way that the processor has.
uint64_t s3l_crc64nvme(uint64_t before, const void *bytes, size_t count);

/// The same without any special instruction of the processor.
uint64_t s3l_crc64nvme_portable(uint64_t before, const void *bytes, size_t count);

/// The checksum of two contents one after the other, of which the second has `count` bytes.
uint64_t s3l_crc64nvme_combined(uint64_t first, uint64_t second, uint64_t count);

/// Whether the processor's carry-less multiplication is used.
int s3l_crc64nvme_is_accelerated(void);

#endif
