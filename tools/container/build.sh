#!/usr/bin/env bash
# The steps that make the container image, each a function:
#   build.sh build SOURCE STAGE      compile, and put what the image needs into STAGE
#   build.sh system                  Debian packages of the final image (as root)
#   build.sh install STAGE PREFIX    copy STAGE to PREFIX
#   build.sh engine PREFIX           install the llama.cpp engine below PREFIX
#   build.sh run-check PREFIX        does the installed binary start, and are its models fine?
#   build.sh clean-run SOURCE FOLDER build, install, engine and run-check in an empty folder, without Docker
set -euo pipefail

build() {
    local source=$1 stage=$2
    (cd "$source" && make release)
    mkdir -p "$stage/bin" "$stage/share/roundhouse"
    install -m 755 "$source/.build/release/roundhouse" "$stage/bin/roundhouse"
    strip "$stage/bin/roundhouse"
    cp -R "$source/engines" "$source/models" "$stage/share/roundhouse/"
    cp -R "$source/tools/container" "$stage/share/roundhouse/container"
    cp "$source/LICENSE" "$stage/share/roundhouse/"
}

system() {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        ca-certificates libstdc++6 libgomp1 libsqlite3-0 python3 python3-venv
    rm -rf /var/lib/apt/lists/*
}

install_stage() {
    mkdir -p "$2"
    cp -R "$1/." "$2/"
}

engine() {
    ROUNDHOUSE_ENGINES="$1/share/roundhouse/engines" "$1/bin/roundhouse" engines install llama-cpp --data "$1/engine-data"
}

run_check() {
    "$1/bin/roundhouse" --version
    local empty
    empty=$(mktemp -d)
    ROUNDHOUSE_ENGINES="$1/share/roundhouse/engines" "$1/bin/roundhouse" check \
        --models "$1/share/roundhouse/models" --config "$empty" --data "$1/engine-data"
    rmdir "$empty"
}

clean_run() {
    [ ! -e "$2" ] || { echo "$2 exists already; give a folder that does not" >&2; exit 1; }
    build "$1" "$2/stage"
    install_stage "$2/stage" "$2/prefix"
    engine "$2/prefix"
    run_check "$2/prefix"
}

case "${1:-}" in
build) build "$2" "$3" ;;
system) system ;;
install) install_stage "$2" "$3" ;;
engine) engine "$2" ;;
run-check) run_check "$2" ;;
clean-run) clean_run "$2" "$3" ;;
*) sed -n '2,8p' "${BASH_SOURCE[0]}" >&2; exit 64 ;;
esac
