//! E11xx: routes.

super::codes! {
    NO_SUCH_TRUNK = "E1101", "there is no such trunk":
        "A route names a trunk that the plan does not have, in `trunks` or in `from`.",
        "Its calls would go nowhere, or nobody could use it; so the plan is not loaded.",
        "routes: { italy: { numbers: \"+39...\", trunks: carier, from: office } }" => "routes: { italy: { numbers: \"+39...\", trunks: carrier, from: office } }";
    NO_PEERS = "E1102", "a route over a trunk that nothing can be sent to":
        "A route's trunk has no `peers`: calls come from it, none can go to it.",
        "Callers of these numbers would get 480 whenever it is the trunk's turn.",
        "trunks: { carrier: { accept_from: 198.51.100.0/24 } }\nroutes: { italy: { numbers: \"+39...\", trunks: carrier, from: any } }" => "trunks: { carrier: { accept_from: 198.51.100.0/24, peers: \"sip:198.51.100.7\" } }\nroutes: { italy: { numbers: \"+39...\", trunks: carrier, from: any } }";
    NO_ROUTE = "E1103", "a dialled number without a route":
        "A `tel:` number is dialled that no route has; or numbers are dialled and there are no routes at all.",
        "Every such call would fail with 404.",
        "dial: \"tel:+39333123456\"\nroutes: { uk: { numbers: \"+44...\", trunks: carrier, from: any } }" => "dial: \"tel:+39333123456\"\nroutes: { italy: { numbers: \"+39...\", trunks: carrier, from: any } }";
    TWO_ROUTES = "E1104", "a number that two routes have":
        "Two routes have the same pattern for callers of the same trunk. For callers of different trunks they may.",
        "Only one of the two could count.",
        "italy: { numbers: \"+39...\", trunks: a, from: office }\nagain: { numbers: \"+39...\", trunks: b, from: any }" => "italy: { numbers: \"+39...\", trunks: [a, b], from: office }";
    EMERGENCY_TAKEN = "E1105", "an emergency number that another route takes first":
        "Numbers of an emergency route fit a more specific pattern of a route that is none.",
        "Calls to them would be held to limits, or refused: nobody could call for help. Write the number into the emergency route as it is.",
        "help: { numbers: \"11x\", trunks: carrier, emergency: true }\nshort: { numbers: \"112\", trunks: office, from: any }" => "help: { numbers: [\"112\", \"113\"], trunks: carrier, emergency: true }";
    NOTHING_LEFT = "E1106", "a number that nothing is left of":
        "`strip` takes all of a number that the route names, and no `prefix` stands in its place.",
        "Every call to that number would fail: there is nothing to send.",
        "help: { numbers: \"112\", strip: 3, trunks: carrier, emergency: true }" => "help: { numbers: \"112\", trunks: carrier, emergency: true }";
    NO_EMERGENCY = "W1101", "callers dial numbers, and none is an emergency number":
        "The plan dials numbers that callers give, and no route has `emergency: true`.",
        "Calls for help are held to the trunks' limits, and refused while the router drains.",
        "routes: { all: { numbers: default, trunks: carrier, from: office } }" => "routes:\n  help: { numbers: [\"112\", \"113\", \"115\", \"118\"], trunks: carrier, emergency: true }\n  all: { numbers: default, trunks: carrier, from: office }";
    EMERGENCY_ELSEWHERE = "W1102", "an emergency number that is taken for another":
        "A number of an emergency route fits a pattern of `numbers` that dials something else or refuses it.",
        "Who calls for help reaches an extension, or nobody. Where it is meant so, write the number itself into `numbers`.",
        "numbers: { \"1xx\": { dial: \"sip:${called}@10.0.0.9\" } }\nroutes: { help: { numbers: \"112\", trunks: carrier, emergency: true } }" => "numbers: { \"1xx\": { dial: \"sip:${called}@10.0.0.9\" }, \"112\": { dial: \"tel:112\" } }\nroutes: { help: { numbers: \"112\", trunks: carrier, emergency: true } }";
}
