"""Writes what the program was made of as CycloneDX 1.5 JSON (ECMA-424): the Swift packages compiled into it, at the commits
that were built, the Swift toolchain whose libraries are in it, and the Debian packages of the libraries it loads.

sbom.py PROGRAM VERSION RESOLVED >s3loggerd.cdx.json       RESOLVED: Package.resolved
"""

import datetime
import json
import os
import re
import subprocess
import sys
import uuid


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def swift_packages(resolved):
    """The dependencies that were resolved, each at its commit."""
    for pin in json.load(open(resolved))["pins"]:
        location = re.sub(r"\.git$", "", pin["location"])
        host, path = re.fullmatch(r"https://([^/]+)/(.+)", location).groups()
        version = pin["state"]["version"]
        yield {
            "type": "library", "bom-ref": f"pkg:swift/{host}/{path}@{version}", "name": path.split("/")[-1],
            "group": f"{host}/{path.split('/')[0]}", "version": version, "purl": f"pkg:swift/{host}/{path}@{version}",
            "scope": "required",
            "externalReferences": [{"type": "vcs", "url": location, "comment": f"commit {pin['state']['revision']}"}]}


def toolchain():
    """The Swift runtime, which is linked into the program."""
    version = re.search(r"Swift version (\S+)", run("swift", "--version"))[1]
    return {"type": "library", "bom-ref": f"swift-runtime@{version}", "name": "swift-runtime", "version": version,
            "scope": "required", "description": "standard library, concurrency, Dispatch and Foundation of the Swift toolchain"}


def loaded_libraries(program):
    """The files that the dynamic linker loads, and those among them that the program itself names."""
    named = set(re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "--dynamic", "--wide", program)))
    paths = {}
    for line in run("ldd", program).splitlines():
        if found := re.match(r"\s*(\S+) => (/\S+)", line) or re.match(r"\s*(/\S+/(\S+)) \(", line):
            name, path = found[1].split("/")[-1], found[2] if found[2].startswith("/") else found[1]
            paths[name] = os.path.realpath(path)
    return paths, named


def debian_packages(program):
    """The packages that own these files, as installed where it was built; name → component, names that it needs itself."""
    paths, named = loaded_libraries(program)
    components, direct = {}, set()
    for library, path in sorted(paths.items()):
        owner = owner_of(path)
        fields = run("dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${source:Package}", owner)
        name, version, architecture, source = fields.split("\t")
        purl = f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}"
        component = components.setdefault(name, {
            "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "scope": "required",
            "properties": [{"name": "debian:source", "value": source}]})
        component["properties"].append({"name": "library", "value": library})
        if library in named:
            direct.add(purl)
    return list(components.values()), direct


def owner_of(path):
    """dpkg may know a file by the name it had before /usr was merged."""
    for name in (path, path.removeprefix("/usr")):
        done = subprocess.run(["dpkg-query", "-S", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if done.returncode == 0:
            return done.stdout.split(": ")[0]
    raise SystemExit(f"no package owns {path}")


def main(program, version, resolved):
    swift = [*swift_packages(resolved), toolchain()]
    debian, direct = debian_packages(program)
    itself = f"pkg:deb/s3loggerd@{version}"
    components = sorted(swift + debian, key=lambda component: component["bom-ref"])
    now = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    needed = sorted([component["bom-ref"] for component in swift] + list(direct))
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5",
        # The same content has the same number.
        "serialNumber": "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([version, components]))),
        "version": 1,
        "metadata": {
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "bom-ref": itself, "name": "s3loggerd", "version": version}},
        "components": components,
        "dependencies": [{"ref": itself, "dependsOn": needed},
                         *({"ref": component["bom-ref"]} for component in components)]}
    json.dump(document, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
