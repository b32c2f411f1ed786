//! A recording of RFC 4733 digits for SIPp to play: pcap over Ethernet, IPv4, UDP, RTP.

/// The payload number that the scenarios' SDP gives to telephone-event.
const TELEPHONE_EVENT: u8 = 101;
const EVENTS: &str = "0123456789*#ABCD";

/// Each digit 100 ms long with its end said three times, then 300 ms of nothing.
pub(crate) fn digits(digits: &str) -> Vec<u8> {
    let mut file = Vec::new();
    // Magic of microsecond stamps, version 2.4, zone, accuracy, longest packet, Ethernet.
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65_535, 1] {
        file.extend(word.to_le_bytes());
    }
    let (mut at_ms, mut sequence, mut timestamp) = (0u32, 100u16, 16_000u32);
    for digit in digits.chars() {
        let event = EVENTS.find(digit).expect("a digit") as u8;
        for step in 1..=7u16 {
            let lasted = 160 * step.min(5);
            let end = if step >= 5 { 0x80 } else { 0 };
            let marker = if step == 1 { 0x80 } else { 0 };
            let mut rtp = vec![0x80, TELEPHONE_EVENT | marker];
            rtp.extend(sequence.to_be_bytes());
            rtp.extend(timestamp.to_be_bytes());
            rtp.extend(0x0c0f_fee0u32.to_be_bytes());
            rtp.extend([event, end | 10]);
            rtp.extend(lasted.to_be_bytes());
            record(&mut file, at_ms, &rtp);
            sequence += 1;
            at_ms += 20;
        }
        at_ms += 300;
        timestamp += 8 * 440;
    }
    file
}

fn record(file: &mut Vec<u8>, at_ms: u32, rtp: &[u8]) {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let udp_length = 8 + rtp.len() as u16;
    frame.extend([0x45, 0]);
    frame.extend((20 + udp_length).to_be_bytes());
    frame.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    for word in [6000u16, 6000, udp_length, 0] {
        frame.extend(word.to_be_bytes());
    }
    frame.extend(rtp);
    let length = frame.len() as u32;
    for word in [at_ms / 1000, at_ms % 1000 * 1000, length, length] {
        file.extend(word.to_le_bytes());
    }
    file.extend(frame);
}
