//! E10xx: the plan's own tests.

super::codes! {
    WRONG_TEST = "E1001", "a test that cannot be run":
        "A test in `tests:` names something that the plan has not got, or says something that is not understood: a state, a prompt, an agent, a queue, a field of the record, a step, a time.",
        "Nothing on the phone: the plan runs all the same. But the test proves nothing until it is mended, and `centralino test` runs none.",
        "tests:\n  bye: { call: \"100\", expect: { cause: 999 } }" => "tests:\n  bye: { call: \"100\", expect: { cause: 16 } }";
}
