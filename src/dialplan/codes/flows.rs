//! E04xx: ways through flows.

super::codes! {
    EMPTY_FLOW = "E0401", "a flow without a state":
        "A flow begins at its first state. This one has none.",
        "A call that comes here would have nothing to do; so the plan is not loaded.",
        "flows: { main: {} }" => "flows: { main: { hello: { play: welcome } } }";
    LOOP = "E0402", "a loop in which nothing is heard, typed or waited for":
        "These states lead to one another without a prompt, a digit or any time passing, and none of them changes a variable that a condition of theirs could look at.",
        "The call runs round 200 times within a millisecond and is then ended as a fault: the caller hears nothing and is cut off.",
        "a: { set: { x: \"1\" }, next: b }\nb: { set: { y: \"2\" }, next: a }" => "a: { set: { x: \"1\" }, next: b }\nb: { play: welcome }";
    NO_KEYS = "E0403", "a menu without keys":
        "A menu needs at least one key.",
        "The caller could press what they like and never get on.",
        "menu: { prompt: main-menu, keys: {} }" => "menu: { prompt: main-menu, keys: { \"1\": sell } }";
    KEY_NOT_TYPED = "E0404", "a key that no telephone has":
        "Keys are made of `0` to `9`, `*`, `#` and `A` to `D`, at most 32 of them.",
        "Nobody could choose this way.",
        "keys: { one: sell }" => "keys: { \"1\": sell }";
    NO_TIME_TO_TYPE = "E0405", "no time to type in":
        "`wait` (to the first digit) and `between` (to the next) must be longer than nothing.",
        "Every try would be over before a finger can move.",
        "menu: { prompt: main-menu, wait: 0, keys: { \"1\": sell } }" => "menu: { prompt: main-menu, wait: 5s, keys: { \"1\": sell } }";
    STATE_NOT_REACHED = "W0401", "a state that nothing leads to":
        "No way from the first state of the flow leads to this one.",
        "No caller will ever hear what it says. Often a way out elsewhere names the wrong state.",
        "hello: { play: welcome, next: { hang_up: 480 } }\nchoose: { menu: { prompt: main-menu, keys: { \"1\": hello } } }" => "hello: { play: welcome, next: choose }\nchoose: { menu: { prompt: main-menu, keys: { \"1\": hello } } }";
    FLOW_NOT_REACHED = "W0402", "a flow that nothing leads to":
        "No number leads to this flow, neither straight nor by a `goto` in a state that calls come to.",
        "No call ever comes here.",
        "numbers: { default: main }\nflows: { main: { a: { refuse: 480 } }, night: { a: { refuse: 480 } } }" => "numbers: { default: main, \"100\": night }\nflows: { main: { a: { refuse: 480 } }, night: { a: { refuse: 480 } } }";
    NO_WAY_OUT = "W0403", "a state without a way out":
        "`answer`, `ring`, `set`, `collect`, `when` and `hours` only prepare what comes next, and here nothing comes next: the call ends.",
        "The caller is cut off in silence: after the last digit, or because it is closed.",
        "open: { hours: office, next: hello }" => "open: { hours: office, next: hello, closed: shut }";
    CAUGHT = "W0404", "states that no way leads out of":
        "From this state on every way leads round in a circle: no queue, no telephone, no end.",
        "The caller hears the same for ever and can only hang up; the call holds its ports and its place until then.",
        "a: { play: closed, next: b }\nb: { play: sorry, next: a }" => "a: { play: closed, next: b }\nb: { play: sorry, next: { hang_up: 480 } }";
    DIGITS_BEFORE_ANSWER = "W0405", "digits are wanted before the answer":
        "With `early: true` a menu or collect asks before the call is answered. Many trunks carry no digits then.",
        "The caller presses in vain, and every try runs into its time.",
        "choose: { menu: { prompt: main-menu, keys: { \"1\": sell } }, early: true }" => "choose: { menu: { prompt: main-menu, keys: { \"1\": sell } } }";
    KEYS_OVERLAP = "W0406", "a key that begins another key, without a time between digits":
        "After `1` the caller may go on to `12`, so `1` is taken only when the time `between` digits is over. It is not written here, so it is 3 seconds.",
        "Who presses 1 hears nothing for 3 seconds and presses again. Write `between` to say how long that may be, or choose keys that do not begin one another.",
        "keys: { \"1\": sell, \"12\": help }" => "between: 1500ms\nkeys: { \"1\": sell, \"12\": help }";
}
