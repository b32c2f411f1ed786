//! Presses told from packets (MED-01, MED-05), and digits as they are sent (MED-06).

mod pairs;

use super::*;

/// Timestamp, event, end, duration, marker; numbers go up by one, packets come every 20 ms.
type Row = (u32, u8, bool, u16, bool);

fn press(timestamp: u32, event: u8) -> Vec<Row> {
    let mut rows: Vec<Row> = (1..=4).map(|n| (timestamp, event, false, n * 160, n == 1)).collect();
    rows.extend([(timestamp, event, true, 800, false); 3]);
    rows
}

fn digits(rows: &[(u16, u64, Row)]) -> String {
    let mut receiver = EventReceiver::default();
    let mut heard = String::new();
    for (sequence, ms, (timestamp, event, end, duration, marker)) in rows {
        let packet = Packet {
            payload_type: 101,
            marker: *marker,
            sequence: *sequence,
            timestamp: *timestamp,
            ssrc: 7,
            payload: &[],
        };
        let event = EventPayload { event: EventCode(*event), end: *end, duration: *duration };
        match receiver.hear(&packet, event, Mono(ms * 1000)) {
            Heard::Start(digit) => heard.extend(digit.map(Digit::as_char)),
            Heard::More | Heard::Late => {}
        }
    }
    heard
}

/// Numbers the rows and drops those at `lost`.
fn sent(rows: Vec<Row>, lost: &[usize]) -> Vec<(u16, u64, Row)> {
    let numbered = rows.into_iter().enumerate();
    let kept = numbered.filter(|(n, _)| !lost.contains(n));
    kept.map(|(n, row)| (65_530u16.wrapping_add(n as u16), n as u64 * 20, row)).collect()
}

/// MED-01: whichever packets of a press are lost, it is one digit.
#[test]
fn med_01_any_part_of_a_press_is_one_digit() {
    for lost in 0u32..127 {
        let lost: Vec<usize> = (0..7).filter(|n| lost & 1 << n != 0).collect();
        assert_eq!(digits(&sent(press(1000, 5), &lost)), "5", "lost {lost:?}");
    }
}

/// MED-05: the same digit again, 20 ms behind the first, with any one packet lost.
#[test]
fn med_05_the_same_digit_again_at_once_is_two() {
    for lost in 0..14 {
        let rows = [press(1000, 1), press(1000 + 800 + 160, 1)].concat();
        assert_eq!(digits(&sent(rows, &[lost])), "11", "lost {lost}");
    }
}

/// MED-05: the end of the first and the start of the second press are lost together.
#[test]
fn med_05_two_presses_with_the_seam_lost_are_two() {
    let rows = [press(1000, 1), press(2000, 1)].concat();
    assert_eq!(digits(&sent(rows, &[4, 5, 6, 7])), "11");
}

/// MED-05: a press cut into segments past 0xFFFF (RFC 4733 §2.5.1.3) is one digit.
#[test]
fn med_05_a_long_press_in_segments_is_one_digit() {
    let mut rows: Vec<Row> = vec![];
    for segment in 0..3u32 {
        let start = 500u32.wrapping_add(segment * 0xffff);
        rows.extend((1..=409).map(|n: u16| (start, 9, false, n * 160, segment == 0 && n == 1)));
        rows.push((start, 9, false, 0xffff, false));
    }
    rows.extend([(500u32.wrapping_add(3 * 0xffff), 9, true, 160, false); 3]);
    assert_eq!(digits(&sent(rows.clone(), &[])), "9");
    assert_eq!(digits(&sent(rows, &[409, 410, 411])), "9", "with the seam lost");
}

#[test]
fn med_01_late_packets_of_an_earlier_press_are_no_new_digit() {
    let mut rows = sent([press(1000, 1), press(2000, 2)].concat(), &[]);
    rows.swap(6, 8);
    rows.swap(5, 9);
    assert_eq!(digits(&rows), "12");
}

/// MED-01: a sender that moves the timestamp with each packet.
#[test]
fn med_01_a_moving_timestamp_is_one_digit() {
    let rows: Vec<Row> =
        (1..=6).map(|n| (1000 + u32::from(n) * 160, 3, n == 6, n * 160, n == 1)).collect();
    assert_eq!(digits(&sent(rows, &[])), "3");
}

#[test]
fn med_01_a_timestamp_that_never_moves_is_told_apart_by_marker_and_time() {
    let mut rows = sent(press(0, 4), &[]);
    rows.extend(
        sent(press(0, 4), &[]).into_iter().map(|(s, ms, row)| (s.wrapping_add(9), ms + 2000, row)),
    );
    assert_eq!(digits(&rows), "44");
}

#[test]
fn a_flash_is_no_digit() {
    assert_eq!(digits(&sent([press(1000, 16), press(3000, 11)].concat(), &[])), "#");
}

/// MED-06: a digit lasts 100 ms, is ended thrice, and a pause follows.
#[test]
fn med_06_a_digit_is_sent_with_three_ends_and_a_pause() {
    let mut sender = EventSender::default();
    for c in ['7', '7'] {
        sender.push(Digit::from_char(c).unwrap());
    }
    let mut told = vec![];
    for n in 0..18u32 {
        told.push(match sender.turn(n * 160, 160) {
            Turn::Audio => "audio".to_owned(),
            Turn::Pause => "pause".to_owned(),
            Turn::Event { payload, timestamp, first } => {
                let event = EventPayload::read(&payload).unwrap();
                assert_eq!(event.event.0, 7);
                let first = if first { "first " } else { "" };
                let end = if event.end { " end" } else { "" };
                format!("{first}{timestamp}+{}{end}", event.duration)
            }
        });
    }
    let one = ["first 0+160", "0+320", "0+480", "0+640", "0+800 end", "0+800 end", "0+800 end"];
    assert_eq!(told[..7], one);
    assert_eq!(told[7..9], ["pause", "pause"]);
    assert_eq!(told[9], "first 1440+160");
    assert_eq!(told[15], "1440+800 end");
    assert!(!sender.is_busy());
}

#[test]
fn digits_waiting_to_be_sent_are_bounded() {
    let mut sender = EventSender::default();
    (0..1000).for_each(|_| sender.push(Digit::from_event(1).unwrap()));
    assert_eq!(sender.queue.len(), QUEUE);
}

/// Digits are personal data: what is kept of them does not show in `Debug`.
#[test]
fn debug_output_tells_no_digit() {
    let shown = |number: u8| {
        let mut receiver = EventReceiver::default();
        let event = EventPayload { event: EventCode(number), end: false, duration: 160 };
        let packet = Packet {
            payload_type: 101,
            marker: true,
            sequence: 1,
            timestamp: 1,
            ssrc: 1,
            payload: &event.write(),
        };
        let heard = receiver.hear(&packet, event, Mono(0));
        let mut sender = EventSender::default();
        (0..2).for_each(|_| sender.push(Digit::from_event(number).unwrap()));
        let _ = sender.turn(0, 160);
        format!("{receiver:?} {event:?} {packet:?} {heard:?} {sender:?}")
    };
    assert_eq!(shown(1), shown(7));
}
