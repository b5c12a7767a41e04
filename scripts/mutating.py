"""What the scripts share that put slips into the program to see whether its tests would notice."""

import json
from collections.abc import Iterable

# What an operator is easily mistaken for.
TURNED = {"==": ["!="], "!=": ["=="], "<": [">=", "<="], "<=": [">", "<"], ">": ["<=", ">="],
          ">=": ["<", ">"], "&&": ["||"], "||": ["&&"]}  # fmt: skip


def report(slips: Iterable[tuple[dict[str, object], bool]]) -> float:
    """Print each slip that nobody noticed, as it survives, and then the share of those noticed."""
    tried = found = 0
    for slip, noticed in slips:
        tried, found = tried + 1, found + noticed
        if not noticed:
            print(json.dumps(slip, ensure_ascii=False), flush=True)
    score = round(found / tried, 4) if tried else 0.0
    print(json.dumps({"slips": tried, "noticed": found, "score": score}))
    return score
