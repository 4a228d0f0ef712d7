#!/bin/sh
# Starts the gateway in the container. Without any key, a first admin key is made and printed once: the container listens on
# every address, and never as an open relay.
set -eu
keys="${ROUNDHOUSE_CONFIG:-/config}/keys.yaml"
if [ ! -e "$keys" ]; then
    echo "No keys yet; making a first admin key. It is shown this once:"
    if ! roundhouse keys create admin --class admin; then
        echo "The key could not be written to $keys. Let user $(id -u) write to that folder, or make a key" \
            "outside with: roundhouse keys create admin --class admin" >&2
        exit 1
    fi
fi
# The engine is part of the image; the data volume, mounted empty, only gets a link to it.
mkdir -p "${ROUNDHOUSE_DATA:-/data}/engines"
if [ ! -e "${ROUNDHOUSE_DATA:-/data}/engines/llama-cpp" ]; then
    ln -sfn /opt/roundhouse/engine-data/engines/llama-cpp "${ROUNDHOUSE_DATA:-/data}/engines/llama-cpp"
fi
exec roundhouse serve --host 0.0.0.0 "$@"
