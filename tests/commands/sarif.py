"""What the published schema of SARIF 2.1.0 says about a report."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

SCHEMA_FILE = Path(__file__).parents[1] / "vectors" / "sarif" / "sarif-schema-2.1.0.json"


def faults(document: Any) -> list[str]:
    """Every place where the document breaks the schema; empty when it keeps it."""
    return [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}" for fault in _validator().iter_errors(document)]


@cache
def _validator() -> Draft4Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema)
