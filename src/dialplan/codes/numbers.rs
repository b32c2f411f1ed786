//! E06xx: numbers, trunks, addresses.

super::codes! {
    BAD_PATTERN = "E0601", "no number and no pattern":
        "A key of `numbers` is a number, a pattern with `x` for any digit or `...` at its end, a name, or `default`.",
        "The plan is not loaded: it would fit no call.",
        "numbers: { \"+39...2...\": main }" => "numbers: { \"+392...\": main }";
    SAME_NUMBER = "E0602", "a number that is there twice":
        "Two keys are the same number once blanks, `-`, `.`, `/` and parentheses are left out.",
        "Only one of the two could count.",
        "\"+39 02 1234\": main\n\"+39021234\": night" => "\"+39 02 1234\": main\n\"+39021235\": night";
    BAD_LISTEN = "E0603", "no address to listen on":
        "SIP is heard on `udp://ADDRESS:PORT` and `tcp://ADDRESS:PORT`, HTTP on `ADDRESS:PORT`. Names of hosts are not looked up.",
        "The plan is not loaded: no call would come in.",
        "sip: { listen: [0.0.0.0:5060] }" => "sip: { listen: [udp://0.0.0.0:5060] }";
    BAD_ADDRESS = "E0604", "no IP address or network":
        "An IPv4 or IPv6 address is wanted here, or a network such as 198.51.100.0/24. Names of hosts are not looked up.",
        "The plan is not loaded: calls would be refused, or the wrong ones taken.",
        "accept_from: [10.0.0.0/33]" => "accept_from: [10.0.0.0/24]";
    BAD_URI = "E0605", "no `sip:` URI":
        "A phone, a peer or a target is a URI: `sip:USER@HOST:PORT`, the user and the port where they are needed.",
        "The plan is not loaded: nothing could be called there.",
        "contact: anna@10.0.0.21" => "contact: \"sip:anna@10.0.0.21\"";
    IDLE_TRUNK = "E0606", "a trunk that neither takes calls nor gets any":
        "A trunk has `accept_from`, `peers`, or both.",
        "No call could come from it or go to it.",
        "carrier: { trusted: true }" => "carrier: { trusted: true, accept_from: [198.51.100.0/24] }";
    SESSION_TIMER = "E0607", "a session timer that is too short":
        "RFC 4028 §4: a session interval has at least 90 seconds.",
        "The far end would refuse every call with 422.",
        "session_timer: 30s" => "session_timer: 30m";
    OWN_HEADER = "E0608", "a header that is never carried over":
        "Each leg of a call writes this header for itself; carried over it would break the other leg.",
        "The plan is not loaded.",
        "carry: [Via]" => "carry: [User-to-User]";
    LISTENED_TWICE = "E0609", "an address that is listened on twice":
        "The same transport and address is there twice.",
        "The second could not be opened: the router would not begin.",
        "listen: [udp://0.0.0.0:5060, udp://0.0.0.0:5060]" => "listen: [udp://0.0.0.0:5060, tcp://0.0.0.0:5060]";
    PORT_TAKEN = "E0610", "media ports that cover a listener":
        "A UDP port that SIP is heard on lies within `media: ports`.",
        "One of the two could not be opened: the router would not begin, or RTP would run into SIP.",
        "sip: { listen: [udp://0.0.0.0:5060] }\nmedia: { ports: 5000-5999 }" => "sip: { listen: [udp://0.0.0.0:5060] }\nmedia: { ports: 20000-29999 }";
    BAD_PEER = "E0611", "a peer that cannot be called":
        "A peer names the address where it is, and is called over UDP or TCP: `sip:ADDRESS`, with `:PORT` and `;transport=tcp` where they are needed. Names of hosts are not looked up, and there is no TLS: no `sips:`, no `transport=tls`.",
        "The plan is not loaded: no call could go there.",
        "carrier: { peers: \"sip:sbc.example.com\" }" => "carrier: { peers: \"sip:198.51.100.7\" }";
    TWO_CLAIMS = "W0601", "a number that two patterns claim":
        "Some numbers fit both patterns, and neither pattern is a part of the other. The one with more fixed characters is taken, then `x` before `...`, then the one that is fixed further to the left.",
        "Calls to these numbers may go where nobody expects them. Write the numbers out, or make one pattern narrower.",
        "\"1x3\": main\n\"12x\": night" => "\"1x3\": main\n\"12x\": night\n\"123\": main";
    NEVER_CALLED = "W0602", "a pattern that no call can fit":
        "The key is taken as a name, letter by letter, though it looks like a number or a pattern of another system; or every number that would fit it fits another key first.",
        "No call ever comes this way: callers get `default`, or 404.",
        "\"+39…\": main     # one character, not three dots\n_1XX: main" => "\"+39...\": main\n\"1xx\": main";
    COUNTRY = "W0603", "`country` is not used yet":
        "Numbers are taken as they come: no national rule is applied.",
        "Write numbers as the trunk writes them.",
        "carrier: { accept_from: [198.51.100.0/24], country: IT }" => "carrier: { accept_from: [198.51.100.0/24] }";
    NO_NUMBERS = "W0604", "no number leads anywhere":
        "The plan has no `numbers`, or none that can be used.",
        "Every call gets 404.",
        "numbers: {}" => "numbers: { default: main }";
}
