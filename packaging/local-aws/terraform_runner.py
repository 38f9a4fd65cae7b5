"""Runs the project's Terraform in a temporary copy, with the provider plugins installed on this machine."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MODULE = Path(__file__).resolve().parents[2] / "terraform"
LOCK = ".terraform.lock.hcl"
EXAMPLES = ["examples/minimal", "examples/legal"]
PLUGIN_FOLDERS = ["/opt/*", "/usr/share/terraform/plugins", "/usr/local/share/terraform/plugins", "~/.terraform.d/plugins"]


class TerraformFailed(Exception):
    """A terraform command failed; the message ends with what it printed."""


def plugin_folder():
    """The folder that holds `registry.terraform.io/hashicorp/aws`, or None."""
    for pattern in [os.environ.get("TF_PLUGIN_DIR", ""), *PLUGIN_FOLDERS]:
        for folder in sorted(glob.glob(os.path.expanduser(pattern))) if pattern else []:
            if os.path.isdir(os.path.join(folder, "registry.terraform.io/hashicorp/aws")):
                return folder
    return None


def locked_provider_is_here():
    """Whether the version of the provider that the lock files name is installed here."""
    version = re.search(r'version\s+= "(.+)"', (MODULE / LOCK).read_text())[1]
    return os.path.isdir(os.path.join(plugin_folder(), "registry.terraform.io/hashicorp/aws", version))


def missing():
    """What keeps Terraform from being used here, or None."""
    if shutil.which("terraform") is None:
        return "terraform is not installed"
    if plugin_folder() is None:
        return "the plugin hashicorp/aws is not installed (TF_PLUGIN_DIR may name its folder)"
    return None


class Terraform:
    """The Terraform folder, copied to `directory`: nothing is ever written into the source tree."""

    def __init__(self, directory, endpoint=None, access_key="test", secret_key="test"):
        self.directory = Path(directory)
        self.root = self.directory / "terraform"
        # With another version of the provider the lock files would only be in the way.
        locks = [] if locked_provider_is_here() else [LOCK]
        hidden = shutil.ignore_patterns(".terraform", "*.tfstate*", *locks)
        shutil.copytree(MODULE, self.root, ignore=hidden, dirs_exist_ok=True)
        mirror = json.dumps(plugin_folder())
        (self.directory / "terraformrc").write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n')
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
        self.environment |= {
            "TF_CLI_CONFIG_FILE": str(self.directory / "terraformrc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if endpoint:
            self.environment["AWS_ENDPOINT_URL"] = endpoint

    def run(self, folder, *arguments):
        """Runs one command in a folder of the copy (`.` is the module) and returns its standard output."""
        environment = self.environment | {"TF_DATA_DIR": str(self.directory / ("data-" + folder.replace("/", "-")))}
        done = subprocess.run(
            ["terraform", f"-chdir={self.root / folder}", *arguments],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise TerraformFailed(f"terraform {' '.join(arguments)} in {folder}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def check_format(self):
        self.run(".", "fmt", "-check", "-diff", "-recursive")

    def validate(self, folder):
        self.run(folder, "init", "-backend=false", "-input=false", "-no-color")
        self.run(folder, "validate", "-no-color")

    def test(self):
        """Runs the module's own tests, which need neither AWS nor credentials."""
        self.run(".", "init", "-backend=false", "-input=false", "-no-color")
        return self.run(".", "test", "-no-color")

    def apply(self, folder, variables):
        """Applies a folder and returns its outputs as plain values."""
        settings = [f"-var={name}={value if isinstance(value, str) else json.dumps(value)}"
                    for name, value in variables.items()]
        self.run(folder, "init", "-input=false", "-no-color")
        self.run(folder, "apply", "-auto-approve", "-input=false", "-no-color", *settings)
        return {name: output["value"] for name, output in json.loads(self.run(folder, "output", "-json")).items()}


def main(command=None):
    """Without a command: tells by the exit status whether Terraform can be used here, and if not, why."""
    if reason := missing():
        print(reason)
        return 1
    if command is None:
        return 0
    with tempfile.TemporaryDirectory(prefix="s3loggerd-terraform-") as directory:
        terraform = Terraform(directory)
        try:
            if command == "format":
                terraform.check_format()
            for folder in (".", *EXAMPLES) if command == "validate" else ():
                terraform.validate(folder)
            if command == "test":
                print(terraform.test())
        except TerraformFailed as failure:
            print(failure)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
