"""Tables and words that lie beside the code as YAML."""

from pathlib import Path
from typing import Any

import yaml

# libyaml's, where PyYAML was built with it: every process begins by reading some fifty files.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    """What a file says: plain values, dates as dates. Raises yaml.YAMLError."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 -- a safe one, either way
