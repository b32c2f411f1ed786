//! E01xx: what is wrong with the YAML itself, and what YAML does behind one's back.

super::codes! {
    NOT_YAML = "E0101", "this is no YAML":
        "The file breaks the rules of YAML, so that nothing in it can be read: a bracket, brace or quote that is not closed, a colon without a blank behind it, a line with the wrong indentation.",
        "The plan is not loaded. The place is where reading became impossible; the fault is there or a little before.",
        "sip: { listen: [udp://0.0.0.0:5060 }" => "sip: { listen: [udp://0.0.0.0:5060] }";
    TAB = "E0102", "a tab in the indentation":
        "YAML is indented with blanks only. A tab looks right in an editor and is refused.",
        "The plan is not loaded.",
        "flows:\n\tmain: {}" => "flows:\n  main: {}";
    BARE_STAR = "E0103", "`*` without quotes":
        "An unquoted `*` begins a reference to another place of the file (an alias), not the key of a telephone. The same goes for `&`.",
        "The plan is not loaded; with an anchor of that name the caller's star key would lead somewhere else.",
        "keys: { *: operator }" => "keys: { \"*\": operator }";
    BARE_HASH = "E0104", "`#` without quotes":
        "An unquoted `#` begins a comment: the rest of the line is gone.",
        "The hash key does nothing for the caller, or the entry does not end with it.",
        "end: #" => "end: \"#\"";
    TWICE = "E0105", "a name that is given twice":
        "The same key stands twice in one map, or in two files of one plan. YAML readers take the last one and say nothing; we refuse both.",
        "One of two flows, agents or numbers would be gone without a word.",
        "flows:\n  main: { a: { refuse: 480 } }\n  main: { b: { refuse: 486 } }" => "flows:\n  main: { a: { refuse: 480 } }\n  other: { b: { refuse: 486 } }";
    MERGE_KEY = "E0106", "a merge key":
        "Merge keys (`<<`) are not understood: what a plan says stands where it says it. Values for all go under `defaults`.",
        "The plan is not loaded.",
        "anna: { <<: *common, skills: { sales: 9 } }" => "anna: { contact: \"sip:anna@10.0.0.21\", skills: { sales: 9 } }";
    BUDGET = "E0107", "too large, too deep, or too many aliases":
        "A file may have 1 MiB and 48 levels; a plan 256 files, 4 MiB, 100,000 nodes with its aliases spread out, and 16 files that include one another in a row. What is beyond that is no plan but a mistake or an attack.",
        "The plan is not loaded; the router's memory and time are safe.",
        "a: &a [x, x]\nb: &b [*a, *a]   # and so on, doubling" => "a: [x, x]";
    UNREADABLE = "E0108", "a file that cannot be read":
        "The file is not there, may not be read, or is not UTF-8; or a folder has no `*.yaml` and no `*.yml` in it.",
        "The plan is not loaded. `check` ends with exit code 2.",
        "centralino check nowhere.yaml" => "centralino check plan.yaml";
    DOCUMENTS = "E0109", "several documents in one file":
        "A line `---` begins a second document. One file is one document; a plan of several parts is a folder of files.",
        "The plan is not loaded: it is not clear which part would count.",
        "version: 1\n---\nflows: {}" => "version: 1\nflows: {}";
    BARE_WORD = "W0101", "`on`, `off`, `yes`, `no` without quotes":
        "Here these are the texts that are written. Other YAML tools (editors, formatters, converters) read them as true and false and may write them back so.",
        "After such a tool a state `no` is called `false`, and what led to it leads nowhere.",
        "keys: { \"1\": yes, \"2\": no }" => "keys: { \"1\": \"yes\", \"2\": \"no\" }";
    LEADING_ZERO = "W0102", "a number with a leading zero and without quotes":
        "Other YAML tools read a leading zero as base eight, or drop it: `010` becomes 8 or 10. Here it stays what is written, but a number of a telephone is a text and belongs into quotes.",
        "A number `0039…` that such a tool has touched fits no call any more.",
        "numbers: { 0039021234: main }" => "numbers: { \"0039021234\": main }";
    LEADING_PLUS = "W0103", "`+…` without quotes":
        "Other YAML tools read `+39…` as a number and drop the plus. Here it stays.",
        "A number that such a tool has touched fits no call any more: it came as `+39…`.",
        "numbers: { +39021234: main }" => "numbers: { \"+39021234\": main }";
}
