"""Makes s3loggerd.toml(5) out of config.example.toml, so that there is one description of each key.

configuration_page.py EXAMPLE >s3loggerd.toml.5
"""

import re
import sys

HEAD = r"""
.TH S3LOGGERD.TOML 5 2026-11-23 "s3loggerd" "File formats"
.ad l
.SH NAME
s3loggerd.toml \- configuration of s3loggerd
.SH DESCRIPTION
.I /etc/s3loggerd/config.toml
is a TOML file. An unknown key is an error;
.B s3loggerd check
tells every mistake at once. After a change,
.BR "systemctl reload s3loggerd" ;
.B directory
of
.B [journal]
needs a restart, and so does what systemd has to allow first:
.B s3loggerd status
names it until it is done.
.PP
Durations are written "500ms", "5s", "10m", "12h", "7d"; sizes "64KiB", "16MiB", "2GiB" (1,024 based) or "5MB", "5GB"
(1,000 based). Both are text in quotes. A key shown with
.B #
may be left out; it shows its default or an example. No password or key belongs into this file: see CREDENTIALS.
"""

TAIL = r"""
.SH CREDENTIALS
No secret is ever read from the configuration file. The unit hands
.I /etc/s3loggerd/aws_key_id
and
.I /etc/s3loggerd/aws_key_secret
to the service under the names
.B aws_key_id
and
.BR aws_key_secret ;
its drop-in
.I encrypted\-credentials.conf
keeps them encrypted at rest instead. With
.B role_arn
the keys are only used to assume the role, whose own credentials are renewed in time.
.PP
For the key of a webhook, and its URL where that holds a password, see the drop\-in
.IR alerts.conf .
Their files are read for every message.
.SH EXAMPLE
.nf
.RS
[aws]
region = "eu\-south\-1"
bucket = "acme\-documents"
table = "s3logger\-metadata"
role_arn = "arn:aws:iam::123456789012:role/UploaderExecutionRole"
access_key_id_file = "aws_key_id"
secret_access_key_file = "aws_key_secret"

[[folder]]
name = "inbox"
path = "/srv/inbox"
.RE
.fi
.SH SEE ALSO
.BR s3loggerd (8)
"""


def roff(text):
    """Text as troff prints it, letter by letter."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def body(example):
    """The sections: the remarks above a key are its description; keys without any share that of the key above."""
    lines, remarks, keys = example.splitlines(), [], 0
    for line in lines[next(n for n, line in enumerate(lines) if line.startswith("[")):]:
        if re.match(r"#?\[", line):
            # Before the first key of a section, remarks are about the section.
            yield f".SH SECTION {roff(line.lstrip('#'))}"
            if remarks:
                yield from [".PP", *remarks]
            remarks, keys = [], 0
        elif key := re.match(r"(#?)([a-z_0-9]+ = .*)$", line):
            tag = re.sub("([:/])", r"\1\\:", roff(key[2]).replace('"', "\\(dq"))  # where a long one may break
            yield from [".TP" if remarks or not keys else ".TQ", f".B {'# ' if key[1] else ''}{tag}"]
            yield from remarks
            remarks, keys = [], keys + 1
        elif line.startswith("# "):
            remarks.append(roff(line[2:]))


def with_descriptions_last(lines):
    """Keys that share a description (.TQ) stand above it."""
    lines = list(lines)
    result, held = [], []
    for line in lines:
        if line == ".TQ":
            # Move the description that was just written behind the tags that follow.
            while result and not result[-1].startswith(".B "):
                held.insert(0, result.pop())
        elif line.startswith((".TP", ".SH")) and held:
            result += held
            held = []
        result.append(line)
    return result + held


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print("\n".join([HEAD.strip(), *with_descriptions_last(body(file.read())), TAIL.strip()]))
