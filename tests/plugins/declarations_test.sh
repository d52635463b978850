#!/usr/bin/env bash
# What a built-in job declares is what its declaration.yaml says, so that a change of data is a diff;
# and docs/dictionary.md is the dictionary of all of them.
#
# declarations_test.sh KTEL SOURCE_DIR. To accept a change: ktel jobs describe JOB > .../declaration.yaml
# and ktel jobs docs > docs/dictionary.md
set -euo pipefail
export HOME=/nonexistent
unset XDG_CACHE_HOME
jobs=0
while read -r job; do
  diff -u "$2/plugins/jobs/$job/declaration.yaml" <("$1" jobs describe "$job")
  jobs=$((jobs + 1))
done < <("$1" jobs list -o name)
[ "$jobs" -eq "$(find "$2/plugins/jobs" -mindepth 1 -maxdepth 1 -type d | wc -l)" ]
diff -u "$2/docs/dictionary.md" <("$1" jobs docs)
echo "$jobs jobs declare what their declaration.yaml says"
