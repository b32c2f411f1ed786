//! E07xx: media and prompts.

super::codes! {
    NO_PROMPT = "E0701", "a prompt without a file":
        "The prompt NAME is the file `FOLDER/NAME.wav`, or the one that `prompts` gives it. It is not there.",
        "The caller would hear silence; so the plan is not loaded.",
        "hello: { play: welcom }" => "hello: { play: welcome }";
    PROMPT_UNREADABLE = "E0702", "a prompt that cannot be read":
        "The file is there, but may not be read, or it is larger than 128 MiB (ten minutes of stereo at 48 kHz and 16 bits have 110).",
        "The caller would hear silence; so the plan is not loaded.",
        "# -rw------- root  prompts/welcome.wav" => "# -rw-r--r-- root  prompts/welcome.wav";
    PROMPT_FORMAT = "E0703", "a prompt in a format that cannot be played":
        "A prompt is a WAV file of linear PCM or G.711, 8 to 192 kHz, mono or stereo, at most ten minutes. MP3 under the name of a WAV is not.",
        "The caller would hear silence or noise; so the plan is not loaded.",
        "# prompts/welcome.wav: MPEG layer III" => "# sox welcome.mp3 -r 8000 -c 1 prompts/welcome.wav";
    BAD_PROMPT_NAME = "E0704", "no name of a prompt":
        "A prompt's name has letters, digits, `.`, `_`, `-` and `/`, and no `..`: it is a part of a path.",
        "The plan is not loaded.",
        "play: ../secret" => "play: night/closed";
    WORDS_MISSING = "E0705", "words that are not recorded":
        "To say digits and numbers, a place or a wait, the plan needs a prompt for each word. Some are missing.",
        "The caller would hear a number with holes in it.",
        "say: { number: \"${called.rest}\" }    # without prompts/hundred.wav" => "say: { digits: \"${called.rest}\" }    # needs 0 to 9 only";
    BAD_PORTS = "E0706", "no range of ports":
        "`media: ports` is `first-last`: from 1024 up, the first even, at least two. RTP takes the even ones, RTCP the odd ones.",
        "The plan is not loaded: no audio could flow.",
        "ports: 20001-20000" => "ports: 20000-29999";
    NO_CODEC = "E0707", "no codec is left":
        "A call needs a codec: `pcma`, `pcmu`, or both.",
        "Every call would be refused with 488.",
        "codecs: []" => "codecs: [pcma, pcmu]";
}
