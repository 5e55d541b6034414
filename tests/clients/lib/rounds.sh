# shellcheck shell=bash
# What the suites have in common whose tests share one server: source this after ci.sh.

# suite_passes FOLDER TESTS_MIN PASSED WORDS: the command of docs/ci.md with these words, in whose place its tests are run
# ROUNDS times in a row on the one server. Each time all pass, and those are not fewer than TESTS_MIN. PASSED is a regular
# expression for the line that says how many have passed, its first group.
suite_passes() {
    local folder=$1 tests_min=$2 passed=$3 line round status=0
    shift 3
    line=$(snippet sh 'tunemock exec' "$@")
    export ROUNDS=${ROUNDS:-1}
    (cd "$folder" && rm -f round.* && bash -c "${line/ -- / -- bash ../lib/rounds }") >"$folder.log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || tail -n 60 "$folder.log" | sed 's/^/# /'
    for ((round = 1; round <= ROUNDS; round++)); do
        tap_case "$line, round $round" 'all pass' "$(all_pass "$folder/round.$round" "$tests_min" "$passed")"
    done
    tap_case "$line: the exit code of the last round" 0 "$status"
}

# all_pass FILE TESTS_MIN PASSED
all_pass() {
    local count
    count=$(sed -nE "s/$3/\\1/p" "$1" 2>/dev/null)
    if [ "${count:-0}" -ge "$2" ]; then
        echo 'all pass'
    else
        echo "${count:-0} of at least $2"
    fi
}
