"""How servers that are not AWS answer the same requests, as the setting `dialect` has it.

Each difference was measured at the server itself: packaging/guide/servers.md. `Tests/EndToEnd/test_real_servers.py` runs
the daemon against the servers.
"""

from dataclasses import dataclass

from .messages import ServiceError

S3_ROOT = 'InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@dataclass(frozen=True)
class Dialect:
    """One server's way; the defaults are AWS's."""

    #: Whether a checksum is verified, kept, and comes back.
    echoes: bool = True
    #: Whether CRC-64/NVME is one of them.
    keeps_crc64: bool = True
    #: Whether an upload that asks for it is refused, where it is not.
    refuses_crc64: bool = False
    #: What the answer that begins an upload is called.
    root: str = S3_ROOT
    #: Whether the list of parts may name checksums.
    takes_checksums_of_parts: bool = True
    #: Whether the first answer to a list of parts names the ETag, as a repeated one does.
    names_etag_at_once: bool = True
    #: Which answers to a list of parts name the version.
    names_version: tuple = ("first", "again")
    #: Whether there are versions.
    versions: bool = True
    #: Bytes of one value of metadata; more are an error of the service, each time.
    longest_metadata: int | None = None
    #: The code for a storage class that is not set up.
    unknown_class: str | None = None
    #: What a condition of a single object is: "honoured", "ignored" or "refused".
    conditions: str = "honoured"

    def check(self, request):
        """What it refuses that AWS takes."""
        for name, value in request.lookup.items():
            if name.startswith("x-amz-meta-") and self.longest_metadata and len(value) > self.longest_metadata:
                raise ServiceError(500, "InternalError", "We encountered an internal error. Please try again.",
                                   fields={"Reason": f"Metadata value longer than {self.longest_metadata}: {name}"})
        if self.refuses_crc64 and request.header("x-amz-checksum-algorithm") == "CRC64NVME":
            raise ServiceError(400, "InvalidRequest", "Checksum algorithm provided is unsupported.")
        if self.unknown_class and request.header("x-amz-storage-class") not in (None, "STANDARD"):
            raise ServiceError(400, self.unknown_class, " ")
        if self.conditions == "refused" and request.operation == "PutObject" and request.header("if-none-match"):
            raise ServiceError(501, "NotImplemented", "Conditional object PUTs are not supported.")
        if not self.takes_checksums_of_parts and b"<Checksum" in request.body and request.operation == "CompleteMultipartUpload":
            raise ServiceError(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against "
                               "our published schema")


DIALECTS = {
    "aws": Dialect(),
    # Servers from before CRC-64/NVME, which came to S3 in December 2024: they pass it over, or refuse it.
    "older": Dialect(keeps_crc64=False),
    "strict": Dialect(keeps_crc64=False, refuses_crc64=True),
    "ceph": Dialect(echoes=False, keeps_crc64=False, names_etag_at_once=False, names_version=("first",), unknown_class="InvalidArgument"),
    "swift": Dialect(echoes=False, keeps_crc64=False, takes_checksums_of_parts=False, names_version=(), longest_metadata=256,
                     unknown_class="InvalidStorageClass", conditions="refused"),
    "rclone": Dialect(echoes=False, keeps_crc64=False, root="InitiateMultipartUpload", versions=False, conditions="ignored"),
}
