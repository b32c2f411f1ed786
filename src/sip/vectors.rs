//! The torture messages of RFC 4475 and RFC 5118 by name; the files are in `tests/vectors`.

/// Names and bytes of one RFC's messages.
macro_rules! messages {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_bytes!(concat!("../../tests/vectors/", $folder, "/", $name, ".dat")),
        )),*]
    };
}

/// RFC 4475, 50 messages.
#[rustfmt::skip]
pub(super) const RFC_4475: &[(&str, &[u8])] = messages!["rfc4475":
    "badaspec",
    "badbranch",
    "baddate",
    "baddn",
    "badinv01",
    "badvers",
    "bcast",
    "bext01",
    "bigcode",
    "clerr",
    "cparam01",
    "cparam02",
    "dblreq",
    "esc01",
    "esc02",
    "escnull",
    "escruri",
    "insuf",
    "intmeth",
    "inv2543",
    "invut",
    "longreq",
    "ltgtruri",
    "lwsdisp",
    "lwsruri",
    "lwsstart",
    "mcl01",
    "mismatch01",
    "mismatch02",
    "mpart01",
    "multi01",
    "ncl",
    "noreason",
    "novelsc",
    "quotbal",
    "regaut01",
    "regbadct",
    "regescrt",
    "scalar02",
    "scalarlg",
    "sdp01",
    "semiuri",
    "test",
    "transports",
    "trws",
    "unkscm",
    "unksm2",
    "unreason",
    "wsinv",
    "zeromf",
];

/// RFC 5118, 12 messages.
#[rustfmt::skip]
pub(super) const RFC_5118: &[(&str, &[u8])] = messages!["rfc5118":
    "ipv4-mapped-ipv6",
    "ipv6-bad",
    "ipv6-bug-abnf-3-colons",
    "ipv6-correct-abnf-2-colons",
    "ipv6-good",
    "ipv6-in-sdp",
    "mult-ip-in-header",
    "mult-ip-in-sdp",
    "port-ambiguous",
    "port-unambiguous",
    "via-received-param-no-delim",
    "via-received-param-with-delim",
];

/// The message of that name.
pub(super) fn message(name: &str) -> &'static [u8] {
    let mut all = RFC_4475.iter().chain(RFC_5118);
    all.find(|(known, _)| *known == name).map(|(_, bytes)| *bytes).expect("a message of an RFC")
}
