/// The commands of LEGGIMI.txt and README.txt, which verify a day with coreutils, openssl and jq alone.
///
/// No process is started for each line: a thousand lines, or nodes of the tree, become files of their own, in memory where
/// there is `/dev/shm`, and one `sha256sum` reads them.
enum DayScript {
  /// What the commands say, in one language.
  struct Words {
    let verified: String
    let failed: String
    let badLine: String
    let noAuthorities: String
    let noStamp: String
    let noDayBefore: String
    let fingerprint: String
  }

  static func text(_ words: Words) -> String {
    #"""
    (
    set -eu
    export LC_ALL=C
    CA=${CA:-ca.pem}
    W=$(mktemp -d -p /dev/shm 2> /dev/null || mktemp -d)
    export W
    N=1
    trap 'S=$?; rm -rf "$W"; if [ $S -eq 0 ]; then echo "\#(words.verified)"; else echo "\#(words.failed) $N"; fi; exit $S' EXIT

    # 1
    openssl pkeyutl -verify -pubin -inkey signing-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig > /dev/null
    for F in entries.jsonl checkpoint signing-key.pem LEGGIMI.txt README.txt; do
      [ "$(cut -c 67- SHA256SUMS | jq -R --arg f "$F" 'select(. == $f)' | wc -l)" -eq 1 ]
    done
    sha256sum --strict --quiet -c SHA256SUMS

    # 2
    N=2
    head -n 3 checkpoint > "$W/text"
    [ "$(wc -l < checkpoint)" -eq 5 ]
    tail -n 1 checkpoint | cut -d ' ' -f 3 | base64 -d | tail -c 64 > "$W/signature"
    openssl pkeyutl -verify -pubin -inkey signing-key.pem -rawin -in "$W/text" -sigfile "$W/signature" > /dev/null

    # 3
    N=3
    openssl pkey -pubin -in signing-key.pem -outform DER > "$W/der"
    K=$(sha256sum < "$W/der" | cut -c -64)
    jq -n -r --arg key "$K" --arg der "$(base64 -w 0 < "$W/der")" '
      reduce inputs as $e ({n: 0, known: false, last: "", bad: null};
        .n += 1
        | if .n == 1 then .first = $e | .seq = $e.seq | .known = ($e.key == $key) else . end
        | if .bad == null and ($e.v != 1 or $e.seq != .seq or ($e.type == "opened") != (.n == 1)
            or .last == "closed" or ($e.type == "closed" and $e.count != .n)) then .bad = .seq else . end
        | if $e.type == "key" and $e.next.public_key == $der then .known = true else . end
        | .seq += 1 | .last = $e.type)
      | if .bad == null and .last != "closed" then .bad = .seq else . end
      | if .bad == null and (.known | not) then .bad = .first.seq else . end
      | if .bad != null then "\#(words.badLine) \(.bad)\n" | halt_error(1) else . end
      | .n, .first.seq, .first.day, "s3loggerd/\(.first.host)/\(.first.log)/\(.first.day)",
        (.first.checkpoint // "-"), .first.prev' entries.jsonl > "$W/facts"
    fact() { head -n "$1" "$W/facts" | tail -n 1; }
    C=$(fact 1)
    [ "$(head -n 1 checkpoint)" = "$(fact 4)" ]
    [ "$(head -n 2 checkpoint | tail -n 1)" = "$C" ]
    [ "$(wc -l < entries.jsonl)" -eq "$C" ]

    # 4
    N=4
    digests() {
      SHELL=/bin/sh split "$1" --filter='
        mkdir "$W/d"
        split -a 3 -d '"$2"' - "$W/d/"
        if [ '"$2"' = -l1 ]; then truncate -s -1 "$W/d/"*; fi
        sha256sum "$W/d/"* | cut -c -64
        rm -rf "$W/d"'
    }
    digests -l1000 -l1 < entries.jsonl > "$W/hashes"
    jq -r .prev entries.jsonl | tail -n +2 > "$W/prev"
    head -n -1 "$W/hashes" | paste -d ' ' - "$W/prev" | jq -n -R --arg seq "$(fact 2)" '
      reduce inputs as $l ({seq: ($seq | tonumber), bad: null};
        if .bad == null and $l[:64] != $l[65:] then .bad = .seq else . end | .seq += 1)
      | if .bad != null then "\#(words.badLine) \(.bad)\n" | halt_error(1) else empty end'

    # 5
    N=5
    jq -R -j '"\u0000" + . + "\n"' entries.jsonl | digests -l1000 -l1 > "$W/level"
    while [ "$C" -gt 1 ]; do
      head -n $((C / 2 * 2)) "$W/level" | paste -d '\0' - - | jq -R -j '"01" + .' | tr a-f A-F | basenc --base16 -d |
        digests -b65000 -b65 > "$W/next"
      if [ $((C % 2)) -eq 1 ]; then tail -n 1 "$W/level" >> "$W/next"; fi
      mv "$W/next" "$W/level"
      C=$(((C + 1) / 2))
    done
    [ "$(wc -l < "$W/level")" -eq 1 ]
    [ "$(tr -d '\n' < "$W/level" | tr a-f A-F | basenc --base16 -d | base64 -w 0)" = "$(tail -n 1 "$W/text")" ]

    # 6
    N=6
    B=../$(date -u -d "$(fact 3) - 1 day" +%F)
    if [ "$(fact 5)" != - ] && [ -e "$B/checkpoint" ]; then
      [ "$(head -n 3 "$B/checkpoint" | sha256sum | cut -c -64)" = "$(fact 5)" ]
      [ "$(tail -n 1 "$B/entries.jsonl" | head -c -1 | sha256sum | cut -c -64)" = "$(fact 6)" ]
    elif [ "$(fact 5)" != - ]; then
      echo "\#(words.noDayBefore) $B"
    fi

    # 7
    N=7
    if [ -e checkpoint.tsr ] && [ -e "$CA" ]; then
      T=$(openssl ts -reply -in checkpoint.tsr -text 2> /dev/null |
        jq -R -r 'select(startswith("Time stamp: ")) | .[12:]')
      openssl ts -verify -in checkpoint.tsr -data checkpoint -CAfile "$CA" -attime "$(date -u -d "$T" +%s)" \
        > /dev/null 2>&1
      echo "$T"
    elif [ -e checkpoint.tsr ]; then
      echo "\#(words.noAuthorities) $CA"
    else
      echo "\#(words.noStamp)"
    fi
    echo "\#(words.fingerprint) $K"
    )
    """#
  }
}
