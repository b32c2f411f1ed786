//! Digits as a recording that SIPp plays: pcap over Ethernet, IPv4, UDP, RTP, RFC 4733 events.
//!
//! SIPp's own `play_dtmf` (3.6.1) first sends 0.8 s of packets of another kind, which no caller does.

/// The payload number that the scenarios' SDP gives to telephone-event.
const TELEPHONE_EVENT: u8 = 101;
const EVENTS: &str = "0123456789*#ABCD";
/// Packets of one digit, 20 ms apart; the last three say its end.
const PACKETS: u16 = 7;
/// The packet with which it ends.
const END: u16 = 5;
/// From the beginning of one digit to that of the next, as simulated phones press.
const DIGIT_MS: u32 = 240;

/// Each digit 100 ms long with its end said three times. `from_ms` is when they are pressed, so
/// that several recordings of one call can follow each other as one stream.
#[must_use]
pub fn recorded_digits(digits: &str, from_ms: u32) -> Vec<u8> {
    let mut file = Vec::new();
    // Magic of microsecond stamps, version 2.4, zone, accuracy, longest packet, Ethernet.
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65_535, 1] {
        file.extend(word.to_le_bytes());
    }
    let events = digits.chars().filter_map(|digit| EVENTS.find(digit.to_ascii_uppercase()));
    for (number, event) in (0u32..).zip(events) {
        let begin_ms = number * DIGIT_MS;
        let timestamp = 16_000 + 8 * from_ms.wrapping_add(begin_ms);
        let first = 100 + from_ms.wrapping_add(begin_ms) / 20;
        for step in 1..=PACKETS {
            let lasted = 160 * step.min(END);
            let end = if step >= END { 0x80 } else { 0 };
            let marker = if step == 1 { 0x80 } else { 0 };
            let sequence = (first + u32::from(step)) as u16;
            let mut rtp = vec![0x80, TELEPHONE_EVENT | marker];
            rtp.extend(sequence.to_be_bytes());
            rtp.extend(timestamp.to_be_bytes());
            rtp.extend(0x0c0f_fee0u32.to_be_bytes());
            rtp.extend([event as u8, end | 10]);
            rtp.extend(lasted.to_be_bytes());
            record(&mut file, begin_ms + 20 * u32::from(step - 1), &rtp);
        }
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
