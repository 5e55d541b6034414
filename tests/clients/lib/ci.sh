# shellcheck shell=bash
# What the programs share that run a command of docs/ci.md with the test beside it: source this, in a folder of its own.

# shellcheck source=tests/lib/tap.sh
. "$PROJECT/tests/lib/tap.sh"

mkdir -p bin
ln -sf "$TUNEMOCK" bin/tunemock
PATH=$PWD/bin:$PATH
# The variables come from `tunemock exec` alone.
unset TUNEMOCK_URL TUNEMOCK_AUTH_URL

# snippet LANGUAGE WORDS: a block of docs/ci.md.
snippet() {
    python3 lib/snippet.py "$@"
}

# command_of FOLDER WORDS: the exit code of the command in docs/ci.md that has these words, run there.
command_of() {
    local folder=$1 line status=0
    shift
    line=$(snippet sh 'tunemock exec' "$@") || { echo 'no such command'; return; }
    (cd "$folder" && bash -c "$line") >"$folder.log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || sed 's/^/# /' "$folder.log"
    echo "exit $status"
}

# tests_pass NAME FOLDER WORDS: that command passes, and fails where the model is another.
tests_pass() {
    local name=$1 folder=$2
    shift 2
    snippet json tunedModels/numbers >"$folder/numbers.json"
    tap_case "$name" 'exit 0' "$(command_of "$folder" "$@")"
    sed 's,tunedModels/numbers,tunedModels/others,' "$folder/numbers.json" >"$folder/others.json"
    mv "$folder/others.json" "$folder/numbers.json"
    tap_case "$name: a test that fails is the exit code" 'exit 1' "$(command_of "$folder" "$@" | tail -n 1)"
}
