#!/usr/bin/env python3
"""Checks a ledger's hash chain: events from position 1, one JSON object a line, on standard input.
The layout, and how to export such lines: docs/hash-chain.md. Uses nothing of the ledger's own code."""
import hashlib, json, sys

FIELDS = ("log_id position account_id aggregate_type aggregate_id sequence event_type event_version"
          " payload metadata event_id command_id effective_at recorded_at").split()

def link(previous, event):
    digest = hashlib.sha256(previous)
    for name in FIELDS:
        text = str(event[name]).encode("utf-8")
        digest.update(len(text).to_bytes(4, "big") + text)
    return digest.digest()

previous, position = bytes(32), 0
for line in sys.stdin.buffer:
    position += 1
    try:
        event = json.loads(line)
        previous = link(previous, event)
        good = event["position"] == position and event["hash"] == previous.hex()
    except (KeyError, TypeError, ValueError):
        good = False
    if not good:
        sys.exit(print(f"bad at position {position}") or 1)
print(f"ok {position} events")
