work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
number=0 failed=0

# A case begins, with its id.
begin() {
  number=$((number + 1)) id=$1 trouble=
}

# A case ends: a line that says whether it failed.
end() {
  if [ -z "$trouble" ]; then
    echo "ok $number - $id"
  else
    failed=$((failed + 1))
    echo "not ok $number - $id"
    echo "  # $trouble"
  fi
}

# Something is not as it must be.
wrong() {
  trouble="$trouble${trouble:+; }$1"
}

# ask 'STATUS…' WHAT ARGUMENTS: sends a request with these arguments of curl.
ask() {
  allowed=$1 what=$2
  shift 2
  status=$(curl -sS --globoff --max-time 60 -o "$work/body" -w '%{http_code}' "$@" 2> "$work/error") || status=none
  [ "$status" != none ] || : > "$work/body"
  case " $allowed " in
  *" $status "*) ;;
  *) wrong "$what: received $status, allowed $allowed" ;;
  esac
}

# member PATH: what the last answer has at this path of names, without quotation marks.
member() {
  awk -v path="$1" '
    function found(value,  at, where) {
      where = name[1]
      for (at = 2; at <= depth; at++) where = where "." name[at]
      if (where == path && !seen++) print value
    }
    { text = text $0 "\n" }
    END {
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\"") {
          value = ""
          for (i++; i <= length(text) && (c = substr(text, i, 1)) != "\""; i++) {
            if (c == "\\") { i++; c = c substr(text, i, 1) }
            value = value c
          }
          for (next_at = i + 1; substr(text, next_at, 1) ~ /[ \t\r\n]/; next_at++);
          if (substr(text, next_at, 1) == ":") { name[depth] = value; i = next_at } else found(value)
        } else if (c == "{" || c == "[") {
          name[++depth] = ""
        } else if (c == "}" || c == "]") {
          depth--
        } else if (c ~ /[-0-9a-z]/) {
          value = ""
          while ((c = substr(text, i, 1)) ~ /[-+.0-9a-zA-Z]/) { value = value c; i++ }
          i--
          found(value)
        }
      }
    }' "$work/body"
}

# is_true PATH
is_true() {
  [ "$(member "$1")" = true ] || wrong "$what: $1 is not true"
}

# is_number PATH NUMBER
is_number() {
  received=$(member "$1")
  awk -v a="$received" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 == b + 0) }' || wrong "$what: $1 is $received, expected $2"
}

# contains TEXT
contains() {
  [ -n "$1" ] && grep -qF -e "$1" "$work/body" || wrong "$what: the answer does not name $1"
}
