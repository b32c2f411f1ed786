//! E08xx: hours and expressions.

super::codes! {
    NO_ZONE = "E0801", "there is no such time zone":
        "Time zones have the names of the IANA database, such as Europe/Rome.",
        "The plan is not loaded: it would open and close at the wrong time.",
        "zone: Rome" => "zone: Europe/Rome";
    BAD_DAYS = "E0802", "no days":
        "Days are `mon` to `sun`, a range such as `mon-fri` or `sat-mon`, or `daily`.",
        "The plan is not loaded.",
        "open: { monday: \"09:00-18:00\" }" => "open: { mon: \"09:00-18:00\" }";
    BAD_TIMES = "E0803", "no times of the day":
        "A range is `\"09:00-13:00\"`: hours and minutes, 00:00 to 24:00. One that ends before it begins goes over midnight.",
        "The plan is not loaded.",
        "open: { mon: 9-18 }" => "open: { mon: \"09:00-18:00\" }";
    BAD_DATE = "E0804", "no date":
        "A holiday is `\"2026-12-25\"`, or `\"12-25\"` for every year.",
        "The plan is not loaded.",
        "holidays: [\"25.12.\"]" => "holidays: [\"12-25\"]";
    BAD_EXPRESSION = "E0805", "an expression that cannot be read":
        "The text breaks the rules of the expression language, or joins what does not fit together. The finding says where and why.",
        "The plan is not loaded.",
        "want: skill.sales => 5" => "want: skill.sales >= 5";
    NOT_A_CONDITION = "E0806", "no condition":
        "A condition is true or false. This is a text, a number or a list.",
        "The plan is not loaded: it is not said when it holds.",
        "when: caller.number" => "when: caller.number != \"\"";
    NEVER_OPEN = "W0801", "hours that never open":
        "No day has a time at which it is open.",
        "Every caller hears that it is closed.",
        "open: { mon-fri: [] }" => "open: { mon-fri: [\"09:00-18:00\"] }";
    HOURS_OVERLAP = "W0802", "times that overlap":
        "Two ranges of the same day share some time; the second says nothing new for it. Often a figure is mistyped.",
        "It is open when somebody thinks that it is closed, over lunch for instance.",
        "open: { mon: [\"09:00-13:30\", \"13:00-18:00\"] }" => "open: { mon: [\"09:00-13:00\", \"14:00-18:00\"] }";
    NEVER_TRUE = "W0803", "a condition that can never hold":
        "Its parts contradict one another, or compare what is always different.",
        "The way behind it is never taken; a step with it adds nobody.",
        "when: skill.sales >= 8 && skill.sales < 5" => "when: skill.sales >= 5 && skill.sales < 8";
}
