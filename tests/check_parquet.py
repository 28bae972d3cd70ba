"""Opens results.parquet of a sweep with pyarrow and compares it, cell by cell and bit by bit, with results.csv.

No part of the tests and no dependency: `pip install pyarrow`, then `python tests/check_parquet.py FOLDER`.
"""

import csv
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def cell(text, kind):
    """The cell of the CSV as the Parquet column has it."""
    if text == "":
        return None
    if pa.types.is_integer(kind):
        return int(text)
    return float(text) if pa.types.is_floating(kind) else text


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return struct.pack("d", a) == struct.pack("d", b) or (a != a and b != b)
    return a == b


folder = sys.argv[1]
file = pq.ParquetFile(f"{folder}/results.parquet")
names = file.schema_arrow.names
kinds = [file.schema_arrow.field(name).type for name in names]
rows = 0
with open(f"{folder}/results.csv", newline="", encoding="utf-8") as text:
    lines = csv.reader(text)
    heads = next(lines)
    assert heads == names, f"columns differ: {set(heads) ^ set(names)}"
    for batch in file.iter_batches(batch_size=1024):
        for found in zip(*(column.to_pylist() for column in batch.columns)):
            line = next(lines)
            for name, kind, value, written in zip(names, kinds, found, line):
                expected = cell(written, kind)
                assert same(value, expected), f"row {rows}, {name}: {value!r} is not {expected!r}"
            rows += 1
    assert next(lines, None) is None, "the CSV has more rows"
print(
    f"{rows} rows of {len(names)} columns are the same in both files; {file.metadata.num_row_groups} row groups by "
    f"{file.metadata.created_by}, pyarrow {pa.__version__}"
)
