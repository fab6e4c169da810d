#!/usr/bin/env python3
"""Entries, one JSON object a line, made into a ledger: the format of docs/audit.md, written a second time so that
the two can be held against each other. Usage: make_ledger.py < entries > ledger.jsonl
"""
import hashlib
import json
import sys


def text(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


previous = "0" * 64
for number, line in enumerate((line for line in sys.stdin if line.strip()), 1):
    record = {"entry": json.loads(line), "previous": previous, "record": number}
    previous = hashlib.sha256(b"plumb-ledger@v1\n" + text(record).encode()).hexdigest()
    print(text(record | {"hash": previous}))
