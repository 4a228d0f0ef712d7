#!/bin/sh
# Fuzzes the envelope, the event scanners and the reader of weights with libFuzzer, each for so many seconds: tools/fuzz.sh [SECONDS [NAME...]],
# default 900 and all. Seeds are requests, streams and a model of the tests; what is found stays in .build/fuzz/corpus-NAME, a crash in .build/fuzz/crash-NAME-*.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-900}
[ $# -lt 2 ] && set -- "$seconds" envelope events weights
shift
build=.build/fuzz
mkdir -p $build/seeds-envelope $build/seeds-events $build/seeds-weights

cat >$build/seeds-envelope/chat <<'END'
{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"h\u00e9 \ud83d\ude00"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],"tools":[{"type":"function"}],"stream":true,"stream_options":{"include_usage":false},"max_tokens":9,"temperature":0.25e-1,"metadata":{"feature":"x"},"cache_prompt":null}
END
cat >$build/seeds-envelope/other <<'END'
 {"input":["a","b"],"prompt":[1,2,3],"model" : "m" ,"n":-1.5E+10,"response_format":{"type":"json_schema"},"user":"u","session_id":"s","truncate_prompt_tokens":1}
END
printf '%s' '  data: {"choices":[{"delta":{"content":"a"}}]}

data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":2}}}

data: [DONE]

' >$build/seeds-events/stream
printf '\005\0113\r\nabc\r\n1;x=y\r\n.\r\n0\r\nt: v\r\n\r\n' >$build/seeds-events/chunks
printf '%s' '  event: error
data: {"error":{"message":"x"}}

: comment
data:{"usage":{"input_tokens":1,"output_tokens":2}}

' >$build/seeds-events/error

# Two bytes say where the file is cut. The small one has a text, a number, two lists and a tensor of 32 f32.
{ printf '\0\100'; head -c 40000 models/roundhouse-guide.Q8_0.gguf; } >$build/seeds-weights/guide
{
    printf '\0\100GGUF\3\0\0\0\1\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0'
    printf '\24\0\0\0\0\0\0\0general.architecture\10\0\0\0\5\0\0\0\0\0\0\0llama'
    printf '\21\0\0\0\0\0\0\0llama.block_count\4\0\0\0\2\0\0\0'
    printf '\1\0\0\0\0\0\0\0n\11\0\0\0\5\0\0\0\2\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0'
    printf '\1\0\0\0\0\0\0\0t\11\0\0\0\10\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0a'
    printf '\1\0\0\0\0\0\0\0w\1\0\0\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
} >$build/seeds-weights/small

for name in "$@"; do
    ROUNDHOUSE_FUZZ=1 swift build -c release --build-path $build/build --product fuzz-$name -Xswiftc -sanitize=fuzzer,address
    mkdir -p $build/corpus-$name
    case $name in weights) max=65536 ;; *) max=4096 ;; esac
    $build/build/release/fuzz-$name -max_total_time="$seconds" -max_len=$max -timeout=10 -malloc_limit_mb=64 -print_final_stats=1 \
        -artifact_prefix=$build/crash-$name- $build/corpus-$name $build/seeds-$name
done
