# shellcheck shell=sh
# TAP for tests written in shell: source this, call tap_case per test, and tap_end last.

tap_count=0
tap_failed=0

# tap_case NAME EXPECTED ACTUAL: one test, which passes if both texts are the same.
tap_case() {
    tap_count=$((tap_count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $tap_count - $1"
        return
    fi
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_count - $1"
    printf 'expected: %s\nactual:   %s\n' "$2" "$3" | sed 's/^/# /'
}

# Prints the plan and exits with the outcome.
tap_end() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ] || exit 1
    exit 0
}
