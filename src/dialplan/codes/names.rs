//! E03xx: names that nothing has.

super::codes! {
    UNKNOWN_STATE = "E0301", "there is no such state":
        "A way out names a state that the flow does not have. States belong to their flow: to go on in another one is `{ goto: FLOW }`.",
        "A caller who takes this way would hear nothing more; so the plan is not loaded.",
        "hello: { play: welcome, next: chose }\nchoose: { hang_up: 480 }" => "hello: { play: welcome, next: choose }\nchoose: { hang_up: 480 }";
    UNKNOWN_FLOW = "E0302", "there is no such flow":
        "A number or a `goto` names a flow that the plan does not have.",
        "Calls to this number would have nowhere to go; so the plan is not loaded.",
        "numbers: { default: mian }\nflows: { main: { a: { refuse: 480 } } }" => "numbers: { default: main }\nflows: { main: { a: { refuse: 480 } } }";
    UNKNOWN_QUEUE = "E0303", "there is no such queue":
        "A state names a queue that the plan does not have.",
        "Callers would wait where nobody serves; so the plan is not loaded.",
        "sell: { queue: sale }" => "sell: { queue: sales }";
    UNKNOWN_HOURS = "E0304", "there are no such hours":
        "A state names opening hours that the plan does not have.",
        "The plan is not loaded: it cannot be known whether it is open.",
        "open: { hours: offices, next: hello, closed: shut }" => "open: { hours: office, next: hello, closed: shut }";
    UNKNOWN_NAME = "E0305", "an expression names what there is not":
        "There is no such fact, and no flow sets a variable of this name. Facts are listed in dialplan.md.",
        "A condition on it would never hold; so the plan is not loaded.",
        "when: caller.numer != \"\"" => "when: caller.number != \"\"";
    BAD_VARIABLE = "E0306", "no name of a variable":
        "A variable begins with a letter or `_` and has letters, digits and `_` in it. Words of the language and facts are no variables.",
        "The plan is not loaded: no expression could name it.",
        "set: { customer-no: \"${called.rest}\" }" => "set: { customer_no: \"${called.rest}\" }";
    UNSET_VARIABLE = "W0301", "a variable that nothing has set yet":
        "The variable is set somewhere in the plan, but on no way that leads here. It is the empty text.",
        "The caller hears nothing where the number should be read back, or the condition never holds.",
        "read-back: { say: { digits: \"${account}\" }, next: ask }\nask: { collect: { digits: 6, into: account }, next: end }" => "ask: { collect: { digits: 6, into: account }, next: read-back }\nread-back: { say: { digits: \"${account}\" }, next: end }";
}
