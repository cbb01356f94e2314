"""What pip was told about package sources, said again in uv's words: uv reads none of it."""

import ast
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

# pip's option: (uv's variable, what separates several values there)
IN_UVS_WORDS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "no-index": ("UV_NO_INDEX", " "),
    "cert": ("SSL_CERT_FILE", " "),
}

# Where pip may have read an option, the strongest last.
SECTIONS = ("global", "install", ":env:")


def environment_for_uv(python: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`environ` with pip's sources added; what somebody set for uv itself stays as it is."""
    asked = subprocess.run(
        [python, "-m", "pip", "config", "list"], env=dict(environ), capture_output=True, text=True
    )
    told = in_uvs_words(asked.stdout)
    # uv would ask only the first source that knows a package, pip asks all; hashes keep it safe.
    told["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    # uv's own Pythons come from a place that is no package registry.
    told["UV_PYTHON_DOWNLOADS"] = "never"
    return {**told, **environ}


def in_uvs_words(pip_config_list: str) -> dict[str, str]:
    told = {}
    for section in SECTIONS:
        for line in pip_config_list.splitlines():
            key, _, value = line.partition("=")
            found_in, _, option = key.rpartition(".")
            if found_in == section and option in IN_UVS_WORDS:
                variable, separator = IN_UVS_WORDS[option]
                # pip prints the value as a Python string; lists are separated by white space.
                told[variable] = separator.join(str(ast.literal_eval(value)).split())
    return told
