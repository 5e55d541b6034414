# shellcheck shell=bash
# What the clients made of curl share: TAP, the version for the runner's table, and requests of which status and body
# are kept.

# shellcheck source=tests/lib/tap.sh
. "$PROJECT/tests/lib/tap.sh"

export LC_ALL=C
answer=$(mktemp)
heads=$(mktemp)
trap 'rm -f "$answer" "$heads"' EXIT

REQUEST_SECONDS_MAX=30
POLLS_MAX=300

echo "# client curl $(curl --version | sed -n '1s/^curl \([^ ]*\) .*/\1/p')"

# ask METHOD PATH [CURL-OPTION...]: sets status; the body is in the file $answer, all heads are in $heads.
# PATH is on TUNEMOCK_URL unless it begins with http.
ask() {
    local method=$1 path=$2
    shift 2
    case $path in http*) ;; *) path=$TUNEMOCK_URL$path ;; esac
    : >"$answer"
    status=$(curl -sS -m "$REQUEST_SECONDS_MAX" -X "$method" -o "$answer" -D "$heads" -w '%{http_code}' "$@" "$path") ||
        status="$status, curl exits with $?"
}

# got JQ-FILTER: what it makes of the last answer, on one line.
got() {
    jq -rc "$1" <"$answer" 2>&1
}

# await OPERATION: polls it until it is done; its last answer stays in $answer.
await() {
    local poll
    for ((poll = 0; poll < POLLS_MAX; poll++)); do
        ask GET "/v1beta/$1"
        [ "$(got '.done // false')" != true ] || return 0
        sleep 0.05
    done
    return 1
}
