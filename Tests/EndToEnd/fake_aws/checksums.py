"""The checksums that S3 verifies and keeps: SHA-256 and CRC-64/NVME.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

import base64
import functools
import hashlib

from .messages import ServiceError

#: By their names in `x-amz-checksum-algorithm`.
NAMES = {"SHA256": "sha256", "CRC64NVME": "crc64nvme"}


def _table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x9A6C9329AC4BC9B5 if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = _table()


def crc64nvme(content):
    """The content as one number of many bits, folded in halves: Python shifts and adds those as fast as memory goes."""
    content = bytes(content)
    bits = 8 * len(content)
    remainder = 0 if bits >= 512 else 0xFFFFFFFFFFFFFFFF
    if bits >= 512:
        number = int.from_bytes(content, "little") ^ 0xFFFFFFFFFFFFFFFF
        while bits >= 512:
            # The lower bits stand for the higher powers: they are multiplied by what the others are shorter.
            half = bits // 2
            first, rest = number & ((1 << half) - 1), number >> half
            factor, folded = _power(bits - half), 0
            for bit in range(64):
                if factor >> bit & 1:
                    folded ^= first << bit
            shift = half + 63 - (bits - half)
            number, bits = folded ^ (rest << shift), half + 63
        number <<= -bits % 8
        content = number.to_bytes((bits + 7) // 8, "little")
    for byte in content:
        remainder = remainder >> 8 ^ TABLE[(remainder ^ byte) & 255]
    return ~remainder & 0xFFFFFFFFFFFFFFFF


def _times(left, right):
    result = 0
    for bit in range(63, -1, -1):
        if left >> bit & 1:
            result ^= right
        right = right >> 1 ^ (0x9A6C9329AC4BC9B5 if right & 1 else 0)
    return result


@functools.lru_cache(maxsize=1000)
def _power(exponent):
    """x to that power."""
    result, square = 1 << 63, 1 << 62
    while exponent:
        if exponent & 1:
            result = _times(result, square)
        square = _times(square, square)
        exponent >>= 1
    return result


def combined(first, second, length):
    """The CRC of two contents one after the other, of which the second has `length` bytes."""
    return _times(first, _power(8 * length)) ^ second


def encoded(crc):
    return base64.b64encode(crc.to_bytes(8, "big")).decode()


def decoded(text):
    return int.from_bytes(base64.b64decode(text), "big")


def of(content, name, digest=None):
    """In base64; `digest`: the SHA-256, where it is known."""
    if name == "sha256":
        return base64.b64encode(digest or hashlib.sha256(content).digest()).decode()
    return encoded(crc64nvme(content))


def sent(request):
    """The one checksum among the headers, as (name, value); None for none. S3 takes one and no more."""
    found = {name: request.header(f"x-amz-checksum-{name}") for name in NAMES.values()}
    found = {name: value for name, value in found.items() if value is not None}
    if len(found) > 1:
        raise ServiceError(400, "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not"
                           " allowed.")
    announced = request.header("x-amz-sdk-checksum-algorithm")
    if announced and NAMES.get(announced) not in found:
        raise ServiceError(400, "InvalidRequest", "x-amz-sdk-checksum-algorithm specified, but no corresponding"
                           " x-amz-checksum-* or x-amz-trailer headers were found.")
    return next(iter(found.items()), None)


def begun(request):
    """Algorithm and type of an upload in parts, as the request that begins it says."""
    algorithm, kind = request.header("x-amz-checksum-algorithm"), request.header("x-amz-checksum-type")
    if algorithm is None:
        if kind is not None:
            raise ServiceError(400, "InvalidRequest", "The x-amz-checksum-type header can only be used with the"
                               " x-amz-checksum-algorithm header.")
        return None, None
    if algorithm not in NAMES:
        raise ServiceError(400, "InvalidRequest", "Checksum algorithm provided is unsupported.")
    only = {"SHA256": "COMPOSITE", "CRC64NVME": "FULL_OBJECT"}[algorithm]
    if kind not in (None, only):
        raise ServiceError(400, "InvalidRequest", f"The {kind} checksum type cannot be used with the {algorithm.lower()}"
                           " checksum algorithm.")
    return algorithm, only


def of_whole(parts, algorithm):
    """What S3 makes of the parts' own."""
    if algorithm == "SHA256":
        digests = b"".join(base64.b64decode(part["checksum"] or "") for part in parts)
        return base64.b64encode(hashlib.sha256(digests).digest()).decode() + f"-{len(parts)}"
    whole = 0
    for part in parts:
        whole = combined(whole, decoded(part["checksum"]), part["size"])
    return encoded(whole)
