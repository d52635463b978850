#!/usr/bin/env python3
"""The schema of reports, asked of a validator nobody here wrote: it is a schema, the demo's report
keeps to it, and no spoiled report does.

schema_test.py KTEL SNAPSHOT
"""
import copy
import json
import os
import subprocess
import sys

from jsonschema import Draft202012Validator

ktel, snapshot = sys.argv[1:]
environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def run(*words):
    return subprocess.run([ktel, *words], env=environment, check=True, capture_output=True).stdout


schema = json.loads(run("jobs", "docs", "--format", "jsonschema"))
Draft202012Validator.check_schema(schema)
assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
validator = Draft202012Validator(schema)

report = json.loads(
    run("workflows", "run", "--jobs", "all", "--snapshot", snapshot, "--dry-run", "--quiet"))
validator.validate(report)

spoiled = []
for job, fields in report.items():
    spoiled.append((job, {**report, job: {}}))
    spoiled.append((job, {**report, job: {**fields, "hostname": "a"}}))
    for field in fields:
        for value in ({"a": 1}, None, "not one of these", -1, [["a"]]):
            bad = copy.deepcopy(report)
            bad[job][field] = value
            spoiled.append((f"{job}.{field} {value}", bad))
spoiled.append(("a job", {**report, "acme-job": {"a": 1}}))
passed = [what for what, bad in spoiled if validator.is_valid(bad)]
assert len(spoiled) > 100 and not passed, passed
print(f"1 report keeps to the schema, {len(spoiled)} spoiled ones do not")
