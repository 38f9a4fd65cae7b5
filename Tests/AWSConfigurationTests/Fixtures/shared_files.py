#!/usr/bin/env python3
"""Odd shared files as botocore reads them, one JSON object a line: shared_files.py COUNT SEED

First those below, then random ones of the same lines. Left out is what botocore refuses as a whole.
"""
import json
import random
import sys
import tempfile
from pathlib import Path

from botocore import configloader
from botocore.exceptions import ConfigParseError

# Pairs of a config and a credentials file.
WRITTEN = [
    ("[profile 'a b']\nrole_arn = r\n[profile \"c\"]\nx = 1\n[profile d\\ e]\nx = 2\n", "[a b]\naws_access_key_id = K\n"),
    ("[default]\nregion = eu-south-1\ns3 =\n    addressing_style = path\n    endpoint_url = http://localhost\nafter = 1\n", ""),
    ("[profile p]\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://a\ndynamodb =\n  endpoint_url=http://b\n",
     "[p]\naws_access_key_id: A:B=C\n"),
    ("  [default]\n  a = 1\n    goes on\n  b = 2\n", "[default]\n\ta = tab\n\t\tmore\n"),
    ("[default]\na = 1\n\n\n  still a\nb =\n\nc = 3\n", "[default]\nA = upper\n# remark\n  ; remark\n  goes on\n"),
    ("[DEFAULT]\nshared = 1\n[profile p]\nown = 2\n[default]\nshared = 3\n", "[DEFAULT]\nx = y\n[p]\nz = 1\n"),
    ("[sso-session s]\nsso_region = r\n[plugins]\nx = 1\n[profile]\ny = 2\n[profile a b]\nz = 3\n[profiles q]\nw = 4\n", ""),
    ("[profile p] ; and more\nx = 1 # kept\ny = 2 ; kept\n[profile 'open]\nz = 3\n", "[profile p]\nx = 1\n[a]b]\ny = 2\n"),
    ("[profile p]\nx = 1\r\ny = 2\r[profile q]\rz = \u00a0v\u2003\r\n", "[é]\nü = ß\n[\u6f22\u5b57]\nx = \U0001f600\n"),
    ("[profile p]\nx = 1\n[profile \"p\"]\ny = 2\n", "[default]\nx = = 1\ny : = 2\n z = more\n"),
    ("[profile p]\nendpoint_url = https://h/p?q=1\nignore_configured_endpoint_urls = TRUE\nx\u3000=\u3000y\n", ""),
    ("[default]\ns3 =\n  A = 1\n  a = 2\n  a = 3\n\n  b = c = d\n", "[default]\ns3 = flat\n"),
    ("", ""), ("# only remarks\n; here\n", "\n\n"),
]

HEADERS = ["[default]", "[profile a]", "[profile 'a b']", "[profile \"a\"]", "[a]", "[a b]", "[services s]", "[services 's t']",
           "[DEFAULT]", "[profile a", "[profile]", "[profile a] x", "[sso-session s]", "[profilex y]", "[é]"]
KEYS = ["aws_access_key_id", "Region", "s3", "services", "endpoint_url", "x y", "ü", "a#b"]
VALUES = ["", "v", "a = b", "a: b", "# c", "; d", "'q'", "\"q\"", "é \u00a0", "\u2003x", "a\u000bb", "c\u0085d", "%(x)s", "$HOME"]
INDENTS = ["", "", "", " ", "  ", "\t", "    ", "\u00a0"]


def line(rng):
    kind = rng.randrange(10)
    indent = rng.choice(INDENTS)
    if kind < 2:
        return rng.choice(HEADERS)
    if kind == 2:
        return rng.choice(["", "", indent, indent + "# remark", indent + "; x = y"])
    return indent + rng.choice(KEYS) + rng.choice(["=", " = ", ":", " : ", "= "]) + rng.choice(VALUES)


def text(rng):
    lines = [rng.choice(HEADERS)] + [line(rng) for _ in range(rng.randrange(8))]
    return "".join(part + rng.choice(["\n", "\n", "\n", "\r\n", "\r"]) for part in lines)


def read(directory, config, credentials):
    paths = [directory / "config", directory / "credentials"]
    for path, content in zip(paths, [config, credentials]):
        path.write_bytes(content.encode())
    full = configloader.load_config(str(paths[0]))
    # As Session.full_config completes the profiles.
    for name, values in configloader.raw_config_parse(str(paths[1])).items():
        full["profiles"].setdefault(name, {}).update(values)
    return {"config": config, "credentials": credentials, "profiles": full["profiles"], "services": full["services"]}


def main():
    count, rng = int(sys.argv[1]), random.Random(int(sys.argv[2]))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for config, credentials in WRITTEN:
            try:
                print(json.dumps(read(directory, config, credentials)))
            except ConfigParseError as error:
                print(error, file=sys.stderr)
        while count > 0:
            try:
                print(json.dumps(read(directory, text(rng), text(rng))))
            except ConfigParseError:
                continue
            count -= 1


main()
