//! What is read from descriptions, tolerantly, and what is refused.

use super::*;

const OFFER: &str = "v=0\r\no=alice 2890844526 2890844527 IN IP4 host.example.com\r\ns=A call\r\n\
    i=more\r\nc=IN IP4 192.0.2.1\r\nb=AS:64\r\nt=0 0\r\na=sendonly\r\na=group:BUNDLE 1\r\n\
    m=audio 49170 RTP/AVP 9 0 96 97 101\r\nb=TIAS:64000\r\na=rtpmap:96 opus/48000/2\r\n\
    a=rtpmap:97 ILBC/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n\
    a=recvonly\r\na=rtcp-mux\r\nm=video 0 RTP/AVPF 31\r\nc=IN IP6 2001:db8::1\r\n";

fn offer() -> Sdp {
    Sdp::parse(OFFER.as_bytes()).unwrap()
}

#[test]
fn an_offer_reads_line_by_line() {
    let sdp = offer();
    assert_eq!((sdp.origin.id, sdp.origin.version), (2_890_844_526, 2_890_844_527));
    assert_eq!(
        (sdp.origin.user.as_str(), sdp.origin.address.as_str()),
        ("alice", "host.example.com")
    );
    assert_eq!(sdp.name, "A call");
    let [audio, video] = sdp.media.as_slice() else { panic!("{sdp:?}") };
    assert_eq!(
        (audio.kind.as_str(), audio.port, audio.protocol.as_str()),
        ("audio", 49170, "RTP/AVP")
    );
    assert_eq!(sdp.address(audio), Some("192.0.2.1".parse().unwrap()));
    assert_eq!(sdp.address(video), Some("2001:db8::1".parse().unwrap()));
    assert_eq!(sdp.direction(audio), Direction::RecvOnly);
    assert_eq!(sdp.direction(video), Direction::SendOnly);
    assert_eq!((audio.ptime_ms(), video.ptime_ms()), (Some(20), None));
    assert_eq!((audio.fmtp(101), audio.fmtp(0)), (Some("0-16"), None));
    assert_eq!((audio.attribute("rtcp-mux"), audio.attribute("rtcp")), (Some(""), None));
}

#[test]
fn payload_types_keep_their_order_and_static_ones_need_no_map() {
    let maps: Vec<_> = offer().media[0]
        .rtp_maps()
        .into_iter()
        .map(|map| (map.payload_type, map.encoding, map.clock_hz, map.channels))
        .collect();
    let want = [
        (9, "G722", 8000, 1),
        (0, "PCMU", 8000, 1),
        (96, "OPUS", 48000, 2),
        (97, "ILBC", 8000, 1),
        (101, "TELEPHONE-EVENT", 8000, 1),
    ];
    assert_eq!(maps, want.map(|(pt, name, hz, channels)| (pt, name.to_owned(), hz, channels)));
}

#[test]
fn what_is_written_reads_back_the_same() {
    let sdp = offer();
    let text = sdp.to_bytes();
    assert_eq!(Sdp::parse(&text), Ok(sdp));
    assert!(text.starts_with(b"v=0\r\no=alice "));
    assert!(text.windows(7).any(|window| window == b"\r\nt=0 0"));
}

#[test]
fn a_description_of_ours_is_written_plainly() {
    let sdp = Sdp {
        origin: Origin { user: String::new(), id: 1, version: 2, address: "::1".to_owned() },
        name: String::new(),
        connection: Some("::1".parse().unwrap()),
        attributes: vec![],
        media: vec![Media {
            kind: "audio".to_owned(),
            port: 4000,
            protocol: "RTP/AVP".to_owned(),
            formats: vec!["8".to_owned(), "101".to_owned()],
            connection: None,
            attributes: vec![
                ("fmtp".to_owned(), Some("101 0-15".to_owned())),
                ("x\r\na=evil".to_owned(), Some("1\r\nm=evil".to_owned())),
                ("sendrecv".to_owned(), None),
            ],
        }],
    };
    assert_eq!(
        String::from_utf8_lossy(&sdp.to_bytes()),
        "v=0\r\no=- 1 2 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP 8 101\r\na=fmtp:101 0-15\r\na=x  a=evil:1  m=evil\r\na=sendrecv\r\n"
    );
}

/// SDP-16: profiles, attributes, bandwidth and lines we have no word for; bare LF; no s= and t=;
/// addresses that are names; many ports; blanks.
#[test]
fn sdp_16_what_does_not_matter_is_tolerated() {
    for (text, ports) in [
        ("v=0\no=- 1 1 IN IP4 1.2.3.4\nm=audio 5 RTP/AVPF 0\n", &[5u16][..]),
        ("v=0\r\no=- 1 1 IN IP4 x\r\nk=clear:1\r\nz=0 0\r\ny=0\r\nX=1\r\n", &[]),
        (
            "v=0\r\n\r\no=- 1 1 IN IP4 x\r\nc=IN IP4 media.example.com\r\nm=audio 7/2 UDP/TLS/RTP/SAVPF 0\r\n",
            &[7],
        ),
        (
            "v=0 \r\no=-  1  1  IN  IP4  x \r\na=\r\na=:\r\nm=image  9  udptl  t38 \r\n\r\n\r\n",
            &[9],
        ),
        ("v=0\r\no=- 1 1 IN IP4 x\r\nm=video 0 RTP/AVP\r\nm=application 8 TCP/BFCP *\r\n", &[0, 8]),
        (
            "v=0\r\no=- 18446744073709551615 1 IN IP4 x\r\nb=AS\r\nb=X:y\r\na=rtpmap:999 x\r\nm=audio 1 RTP/AVP 0",
            &[1],
        ),
    ] {
        let sdp = Sdp::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_eq!(sdp.media.iter().map(|media| media.port).collect::<Vec<_>>(), ports, "{text}");
    }
    let named = b"v=0\r\no=- 1 1 IN IP4 x\r\nc=IN IP4 media.example.com\r\nm=audio 7 RTP/AVP 0\r\n";
    assert_eq!(Sdp::parse(named).unwrap().connection, None);
    let group = b"v=0\r\no=- 1 1 IN IP4 x\r\nc=IN IP4 224.2.1.1/127/3\r\n";
    assert_eq!(Sdp::parse(group).unwrap().connection, Some("224.2.1.1".parse().unwrap()));
    assert!(Sdp::parse(b"v=0\r\no=- 1 1 IN IP4 x\r\ns=\xff\r\n").is_ok());
}

/// SDP-17: what is broken is an error.
#[test]
fn sdp_17_broken_descriptions_are_errors() {
    let o = "v=0\r\no=- 1 1 IN IP4 x\r\n";
    for text in [
        "",
        "\r\n",
        "hello",
        "o=- 1 1 IN IP4 x\r\nv=0\r\n",
        "v=1\r\no=- 1 1 IN IP4 x\r\n",
        "v=\r\no=- 1 1 IN IP4 x\r\n",
        "v=0\r\n",
        "v=0\r\no=- 1 1 IN IP4\r\n",
        "v=0\r\no=- a 1 IN IP4 x\r\n",
        "v=0\r\no=- 18446744073709551616 1 IN IP4 x\r\n",
        "v=0\r\no=- -1 1 IN IP4 x\r\n",
        &format!("{o}m\r\n"),
        &format!("{o}garbage\r\n"),
        &format!("{o}=x\r\n"),
        &format!("{o}a=x\ry\r\n"),
        &format!("{o}a=x\0y\r\n"),
        &format!("{o}m=audio\r\n"),
        &format!("{o}m=audio 1\r\n"),
        &format!("{o}m=audio 1 RTP/AVP\r\n"),
        &format!("{o}m=audio x RTP/AVP 0\r\n"),
        &format!("{o}m=audio +1 RTP/AVP 0\r\n"),
        &format!("{o}m=audio -1 RTP/AVP 0\r\n"),
        &format!("{o}m=audio 65536 RTP/AVP 0\r\n"),
        &format!("{o}m=audio /2 RTP/AVP 0\r\n"),
        &format!("{o}c=IN IP4\r\n"),
        &format!("{o}{o}"),
    ] {
        assert!(Sdp::parse(text.as_bytes()).is_err(), "{text:?}");
    }
}

#[test]
fn lines_media_and_formats_are_bounded() {
    let o = "v=0\r\no=- 1 1 IN IP4 x\r\n";
    let taken = |text: String| Sdp::parse(text.as_bytes()).is_ok();
    let media = |count: usize| format!("{o}{}", "m=audio 1 RTP/AVP 0\r\n".repeat(count));
    assert!(taken(media(MEDIA)) && !taken(media(MEDIA + 1)));
    let formats = |count: usize| format!("{o}m=audio 1 RTP/AVP{}\r\n", " 0".repeat(count));
    assert!(taken(formats(FORMATS)) && !taken(formats(FORMATS + 1)));
    let lines = |count: usize| format!("{o}{}", "a=x\r\n".repeat(count));
    assert!(taken(lines(LINES - 3)) && !taken(lines(LINES)));
}

#[test]
fn maps_that_cannot_be_used_are_passed_over() {
    let text = "v=0\r\no=- 1 1 IN IP4 x\r\nm=audio 1 RTP/AVP 96 97 98 99 100 0 0 200 x\r\n\
        a=rtpmap:96 opus\r\na=rtpmap:97 /8000\r\na=rtpmap:98 x/0\r\na=rtpmap:99 x/4294967296\r\n\
        a=rtpmap:100 x/8000/0\r\na=rtpmap:200 y/8000\r\na=rtpmap:0 pcmu/8000\r\na=ptime:20.5\r\n";
    let sdp = Sdp::parse(text.as_bytes()).unwrap();
    let maps: Vec<_> = sdp.media[0].rtp_maps().iter().map(|map| map.payload_type).collect();
    assert_eq!(maps, [0, 0]);
    assert_eq!(sdp.media[0].ptime_ms(), Some(20));
}
