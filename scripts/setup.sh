#!/bin/sh
# Make .venv agree with requirements/<name>.txt for each name given, then compile the translations.
# Quick when nothing has changed: a stamp in .venv holds the hash of the lock and the version of Python.
set -eu
cd "$(dirname "$0")/.."

supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

python=${PYTHON:-}
if [ -z "$python" ] && [ -x .venv/bin/python ] && supported .venv/bin/python; then
    python=.venv/bin/python
fi
if [ -z "$python" ]; then
    for candidate in python3 python3.12 python3.13 python3.11; do
        if supported "$candidate"; then python=$candidate; break; fi
    done
fi
if [ -z "$python" ] || ! supported "$python"; then
    echo "Python 3.11, 3.12 or 3.13 is needed; say which one: make PYTHON=/path/to/python3.12 …" >&2
    exit 1
fi

if [ ! -x .venv/bin/python ] || [ "$(version .venv/bin/python)" != "$(version "$python")" ]; then
    echo "Making .venv with $python ($(version "$python"))"
    "$python" -m venv --clear .venv || {
        echo "$python cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2
        exit 1
    }
fi

for name in "$@"; do
    stamp=".venv/.installed-$name"
    want=$(.venv/bin/python -c 'import hashlib, sys; print(
        hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest(), sys.version.split()[0]
    )' "requirements/$name.txt")
    if [ "$(cat "$stamp" 2>/dev/null || true)" != "$want" ]; then
        echo "Installing requirements/$name.txt"
        .venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --no-input \
            --require-hashes --requirement "requirements/$name.txt"
        # Whoosh 2.7.4 makes Python warn when it is first compiled; nobody who types `make run` need read that.
        .venv/bin/python -W ignore -m compileall -q .venv/lib/python3.*/site-packages/whoosh
        echo "$want" > "$stamp"
    fi
done

find translations -name '*.po' 2>/dev/null | while read -r source; do
    target="${source%.po}.mo"
    if [ ! -e "$target" ] || [ "$source" -nt "$target" ]; then
        .venv/bin/pybabel -q compile --input-file "$source" --output-file "$target"
    fi
done
