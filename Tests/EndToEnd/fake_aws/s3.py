"""S3: the five calls that put an object there.

Codes, statuses and messages of errors: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

import hashlib
import re
import secrets
import time
from xml.sax.saxutils import escape

from . import checksums
from .dialects import DIALECTS
from .messages import Answer, ServiceError, xml

SMALLEST_PART = 5 << 20


def operation(request):
    query, method = request.query, request.method
    if method == "PUT":
        return "UploadPart" if "uploadId" in query else "PutObject"
    if method == "POST" and "uploads" in query:
        return "CreateMultipartUpload"
    if method == "POST" and "uploadId" in query:
        return "CompleteMultipartUpload"
    if method == "DELETE" and "uploadId" in query:
        return "AbortMultipartUpload"
    return f"{method}Object"


def bucket_and_key(request, bucket):
    """Path style, or the bucket as part of the host's name."""
    path = request.decoded_path[1:]
    if (request.header("host") or "").startswith(bucket + "."):
        return bucket, path
    name, _, key = path.partition("/")
    return name, key


class S3:
    def __init__(self, storage, settings):
        self.storage, self.settings = storage, settings
        self.overwrites = 0

    @property
    def dialect(self):
        return DIALECTS[self.settings["dialect"]]

    def check(self, request, digest):
        """What S3 checks of every body.

        https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (x-amz-content-sha256),
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html (BadDigest)
        """
        claimed = request.header("x-amz-content-sha256")
        if claimed is None:
            raise ServiceError(400, "MissingSecurityHeader", "x-amz-content-sha256 is missing")
        if claimed == "UNSIGNED-PAYLOAD":
            self.check_unsigned(request)
        elif claimed != digest.hex():
            raise ServiceError(400, "XAmzContentSHA256Mismatch", "the body is not the one that was signed")
        if not self.dialect.echoes:
            return
        if request.operation not in ("PutObject", "UploadPart"):
            return
        checksum = checksums.sent(request) if self.dialect.keeps_crc64 else self.sha256(request)
        if checksum is None:
            if not self.dialect.keeps_crc64:
                return
            raise ServiceError(400, "InvalidRequest", "no checksum")
        name, value = checksum
        if value != checksums.of(request.body, name, digest):
            raise ServiceError(400, "BadDigest",
                               f"The {name.upper()} you specified did not match the calculated checksum.")

    def check_unsigned(self, request):
        """A body that is not signed: over TLS alone, and where no policy wants it signed.

        https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html (s3:x-amz-content-sha256)
        """
        if not self.settings["tls"]:
            raise ServiceError(400, "InvalidRequest", "UNSIGNED-PAYLOAD is for HTTPS alone")
        if not self.settings["unsigned_bodies"]:
            raise ServiceError(403, "AccessDenied", "Access Denied")

    @staticmethod
    def sha256(request):
        value = request.header("x-amz-checksum-sha256")
        return value and ("sha256", value)

    def perform(self, request):
        bucket, request.key = bucket_and_key(request, self.settings["bucket"])
        if bucket != self.settings["bucket"]:
            raise ServiceError(404, "NoSuchBucket", "The specified bucket does not exist", fields={"BucketName": bucket})
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
        owner = request.header("x-amz-expected-bucket-owner")
        if owner and owner != self.settings["account"]:
            raise ServiceError(403, "AccessDenied", "Access Denied")
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
        if len(request.key.encode("utf-8", "surrogateescape")) > 1024:
            raise ServiceError(400, "KeyTooLongError", "Your key is too long")
        handler = {"PutObject": self.put, "CreateMultipartUpload": self.create, "UploadPart": self.part,
                   "CompleteMultipartUpload": self.complete, "AbortMultipartUpload": self.abort}.get(request.operation)
        if handler is None:
            raise ServiceError(405, "MethodNotAllowed", request.operation)
        self.dialect.check(request)
        return handler(request)

    def echo(self, **headers):
        """The headers about a checksum, where this server has any, and about a version."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        dropped = () if self.dialect.echoes else ("x-amz-checksum-",)
        dropped += () if self.dialect.versions else ("x-amz-version-id",)
        return {name: value for name, value in headers.items()
                if value is not None and not (dropped and name.startswith(dropped))}

    def put(self, request):
        """The checksum that was sent comes back: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""
        self.condition(request, request.key)
        etag = hashlib.md5(request.body).hexdigest()
        name, checksum = self.received(request)
        entry = self.store(request.key, self.storage.keep(request.body), len(request.body), etag, checksum,
                           metadata(request), algorithm=name.upper())
        return Answer(200, {"ETag": f'"{etag}"', "x-amz-checksum-type": "FULL_OBJECT"} | self.echo(
            x_amz_version_id=entry["version"]) | self.echo(**{f"x_amz_checksum_{name}": checksum}))

    def received(self, request):
        """What a body was verified by here."""
        found = checksums.sent(request) if self.dialect.keeps_crc64 else self.sha256(request)
        return found or ("none", None)

    def condition(self, request, key):
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
        ignored = self.dialect.conditions == "ignored"
        if request.header("if-none-match") == "*" and key in self.storage.current and not ignored:
            raise ServiceError(412, "PreconditionFailed", "At least one of the pre-conditions did not hold",
                               fields={"Condition": "If-None-Match"})

    def store(self, key, content, size, etag, checksum, about, **more):
        self.overwrites += key in self.storage.current
        return self.storage.append(
            "object", key=key, version=secrets.token_urlsafe(24), content=content, size=size, etag=etag,
            checksum=checksum, metadata=about, at=time.time(), **more)

    def create(self, request):
        upload = secrets.token_urlsafe(48)
        algorithm, kind = checksums.begun(request) if self.dialect.keeps_crc64 else ("SHA256", None)
        self.storage.append("upload", upload=upload, key=request.key, metadata=metadata(request), algorithm=algorithm)
        root = self.dialect.root
        return Answer(200, {"Content-Type": "application/xml"} | self.echo(
            x_amz_checksum_algorithm=algorithm, x_amz_checksum_type=kind), xml(
            f"<{root}><Bucket>{self.settings['bucket']}</Bucket><Key>{escape(request.key)}</Key>"
            f"<UploadId>{upload}</UploadId></{root.split()[0]}>"))

    def upload(self, request):
        found = self.storage.uploads.get(request.query["uploadId"])
        if found is None or found["key"] != request.key:
            raise ServiceError(404, "NoSuchUpload", "The specified upload does not exist.")
        return found

    def part(self, request):
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html; limits of number and size:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""
        found, number = self.upload(request), int(request.query["partNumber"])
        if not 1 <= number <= 10000:
            raise ServiceError(400, "InvalidArgument", "Part number must be an integer between 1 and 10000")
        before = found["parts"].get(number)
        etag = hashlib.md5(request.body).hexdigest()
        name, checksum = self.received(request)
        # A part without the upload's own checksum, or with another, is refused.
        if self.dialect.keeps_crc64 and checksums.NAMES.get(found["algorithm"]) not in (None, name):
            raise ServiceError(400, "InvalidRequest", f"Checksum Type mismatch occurred, expected checksum Type:"
                               f" {found['algorithm'].lower()}, actual checksum Type: {name}")
        self.storage.append("part", upload=found["upload"], number=number, content=self.storage.keep(request.body),
                            size=len(request.body), etag=etag, checksum=checksum)
        if before:
            self.storage.drop(before["content"])
        return Answer(200, {"ETag": f'"{etag}"'} | self.echo(**{f"x_amz_checksum_{name}": checksum}))

    def complete(self, request):
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html: the parts in order, each with
        its ETag and checksum, the size as x-amz-mp-object-size has it. A second one is answered like the first, as S3 does
        for a while (https://github.com/aws/aws-sdk-java/issues/538: safe to repeat), or with NoSuchUpload, as the reference
        has it and as `rclone serve s3` does."""
        upload = request.query["uploadId"]
        if (done := self.storage.completed.get(upload)) and self.settings["complete_again"] == "same":
            return self.completed(done, "again")
        found = self.upload(request)
        self.condition(request, request.key)
        parts = self.listed(found, request.body.decode())
        size = sum(part["size"] for part in parts)
        if (told := request.header("x-amz-mp-object-size")) and int(told) != size:
            raise ServiceError(400, "InvalidRequest", "The provided 'x-amz-mp-object-size' header does not match")
        checksum = self.whole(found, request, parts)
        content, joined = self.storage.join(part["content"] for part in parts)
        assert joined == size
        md5s = b"".join(bytes.fromhex(part["etag"]) for part in parts)
        etag = hashlib.md5(md5s).hexdigest() + f"-{len(parts)}"
        entry = self.store(request.key, content, size, etag, checksum, found["metadata"], upload=upload,
                           algorithm=found["algorithm"])
        for part in found["parts"].values():
            self.storage.drop(part["content"])
        return self.completed(entry, "first")

    def whole(self, found, request, parts):
        """The object's checksum, which must be the one that the request names, if it names one: of CRC-64/NVME alone can
        a client know it."""
        algorithm = found["algorithm"] or "SHA256"
        checksum = checksums.of_whole(parts, algorithm)
        if not self.dialect.keeps_crc64:
            return checksum
        kind = request.header("x-amz-checksum-type")
        if kind not in (None, "FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE"):
            raise ServiceError(400, "InvalidRequest", "The checksum type is not that of the upload")
        named = checksums.sent(request)
        if named and named[0] != checksums.NAMES[algorithm]:
            raise ServiceError(400, "InvalidRequest", "The checksum is not of the upload's kind")
        if named and named[1] != checksum:
            raise ServiceError(400, "BadDigest", "The checksum of the whole object is another")
        return checksum

    def listed(self, found, document):
        """The parts that the request lists, each of which must be there as it says."""
        element = f"Checksum{found['algorithm'] or 'SHA256'}"
        parts, last = [], 0
        for text in re.findall(r"<Part>(.*?)</Part>", document, re.DOTALL):
            number = int(re.search(r"<PartNumber>(\d+)</PartNumber>", text)[1])
            etag = re.search(r"<ETag>(.*?)</ETag>", text)[1].replace("&quot;", "").strip('"')
            checksum = re.search(f"<{element}>(.*?)</{element}>", text)
            if number <= last:
                raise ServiceError(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
            part, last = found["parts"].get(number), number
            differs = self.dialect.echoes and (checksum is None or checksum[1] != part["checksum"]) if part else True
            if differs or part["etag"] != etag:
                raise ServiceError(400, "InvalidPart", f"Part {number} could not be found")
            parts.append(part)
        if not parts:
            raise ServiceError(400, "MalformedXML", "no parts")
        if any(part["size"] < SMALLEST_PART for part in parts[:-1]):
            raise ServiceError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
        return parts

    def completed(self, entry, which):
        """`which`: whether it is the "first" answer to this list or one given "again"."""
        dialect = self.dialect
        version = self.echo(x_amz_version_id=entry["version"]) if which in dialect.names_version else {}
        etag = "" if which == "first" and not dialect.names_etag_at_once else f"&quot;{entry['etag']}&quot;"
        element = f"Checksum{entry.get('algorithm') or 'SHA256'}"
        checksum = f"<{element}>{entry['checksum']}</{element}>" if dialect.echoes else ""
        return Answer(200, {"Content-Type": "application/xml"} | version, xml(
            f'<CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>'
            f"{self.settings['bucket']}</Bucket><Key>{escape(entry['key'])}</Key><ETag>{etag}</ETag>{checksum}"
            "</CompleteMultipartUploadResult>"))

    def abort(self, request):
        found = self.upload(request)
        self.storage.append("aborted", upload=found["upload"])
        return Answer(204)


def metadata(request):
    return {name[11:]: value for name, value in request.lookup.items() if name.startswith("x-amz-meta-")}
