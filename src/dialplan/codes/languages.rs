//! E12xx: languages of prompts.

super::codes! {
    BAD_LANGUAGE = "E1201", "no name of a language":
        "A language is two or three small letters, and what belongs to them behind `-`: `en`, `it`, `de-at`. It is the name of a folder of recordings too.",
        "The plan is not loaded.",
        "defaults: { language: Italian }" => "defaults: { language: it }";
    NO_AMONG = "E1202", "a language that comes of an expression, without a list":
        "`language` is a text with `${expression}` in it: `among` lists what may come of it, so that it can be known whether all of it is recorded. What is not in the plan's languages leaves the call's language as it is.",
        "The plan is not loaded: a caller might hear half of it in another language.",
        "speak: { language: \"${chosen}\", next: hello }" => "speak: { language: \"${chosen}\", among: [en, it], next: hello }";
    NOT_IN_LANGUAGE = "W1201", "a prompt that is not recorded in a language that is used":
        "A caller may hear this prompt after some state has set this language, and it has no recording in it. It is looked for under `prompts`, then as `FOLDER/LANGUAGE/NAME.wav`.",
        "The caller hears it in the language of `defaults`.",
        "# prompts/it/welcome.wav is not there\nspeak: { language: it, next: { play: welcome } }" => "prompts: { welcome: { en: en/welcome.wav, it: it/benvenuto.wav } }";
    NO_GRAMMAR = "W1202", "numbers in a language whose rules are not known":
        "How numbers are put together is known of English, Italian, German, French and Spanish. In other languages they are said digit by digit; so are places and waits in queues.",
        "The caller hears `one two` and not `twelve`.",
        "defaults: { language: nl }\nflows: { main: { a: { say: { number: \"${called.rest}\" } } } }" => "defaults: { language: nl }\nflows: { main: { a: { say: { digits: \"${called.rest}\" } } } }";
}
