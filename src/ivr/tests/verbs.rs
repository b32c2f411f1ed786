//! All other verbs, and the bounds of a flow.

use super::*;
use proptest::prelude::*;

// answer, ring, play

#[test]
fn answer_goes_on_once_the_answer_is_in_force() {
    let mut call = Call::new(vec![
        Verb::Answer(Answer { next: at(1) }),
        Verb::Answer(Answer { next: at(2) }),
        hang_up(480),
    ]);
    assert_eq!(call.hear(Input::Start), "@0, answer");
    assert_eq!(call.hear(Input::Answered), "@1, @2, hang_up 480");
    assert!(call.run.is_over());
}

#[test]
fn ring_lasts_its_time_and_no_longer() {
    let ring = |ms| Verb::Ring(Ring { time: Duration::from_millis(ms), next: at(1) });
    let mut call = Call::new(vec![ring(3000), hang_up(486)]);
    assert_eq!(call.hear(Input::Start), "@0, ring");
    assert_eq!(call.hear(Input::Timeout), "", "a timeout that comes too soon is a no-op");
    assert_eq!(call.pass(2999), "nothing");
    assert_eq!(call.pass(1), "@1, hang_up 486");
    let mut call = Call::new(vec![ring(0), hang_up(486)]);
    assert_eq!(call.hear(Input::Start), "@0, ring, @1, hang_up 486");
}

#[test]
fn play_answers_first_unless_it_is_early() {
    let (mut call, then) = Call::answered(vec![play(5, Next::End)]);
    assert_eq!(then, "play1 [5]");
    assert_eq!(call.done(1), "hang_up 480");

    let pieces = vec![Piece::Prompt(PromptId(5)), Piece::Beep, Piece::Silence(250)];
    let early = Verb::Play(Play { pieces, barge_in: false, early: true, next: Next::End });
    let mut call = Call::new(vec![early]);
    assert_eq!(call.hear(Input::Start), "@0, play1 [5 beep 250ms]");
}

#[test]
fn a_digit_ends_a_play_that_may_be_barged_in_and_counts_in_the_menu_behind() {
    let pieces = vec![Piece::Prompt(PromptId(5))];
    let welcome = Verb::Play(Play { pieces, barge_in: true, early: false, next: at(1) });
    let verbs = vec![welcome, menu(asking(), &[("2", 2)]), hang_up(480)];
    let (mut call, then) = Call::answered(verbs);
    assert_eq!(then, "play1? [5]");
    assert_eq!(call.press("2"), "stop1, @1, got 2, @2, hang_up 480");
    // What media says of the play afterwards means nothing.
    assert_eq!(call.hear(Input::PlayDone { play: PlayNo(1), by_digit: true }), "");
}

#[test]
fn digits_during_a_play_are_kept_for_the_next_question() {
    let verbs = vec![play(5, at(1)), menu(asking(), &[("42", 2)]), collect(1, 3, "#")];
    let (mut call, _) = Call::answered(verbs);
    assert_eq!(call.press("42 7".replace(' ', "").as_str()), "");
    assert_eq!(call.done(1), "@1, got 42, @2");
    assert_eq!(call.press("#"), "got 7, @1, play2? [1]");
}

#[test]
fn only_so_many_digits_are_kept() {
    let verbs = vec![play(5, at(1)), collect(32, 32, "#"), collect(1, 9, "#")];
    let (mut call, _) = Call::answered(verbs);
    call.press(&"1".repeat(40));
    assert_eq!(call.done(1), format!("@1, got {}, @1, play2? [1]", "1".repeat(32)));
}

#[test]
fn say_puts_words_together_and_passes_over_an_empty_text() {
    let pieces = vec![
        Piece::Prompt(PromptId(5)),
        Piece::Digits(template("${caller.number}")),
        Piece::Number(template("3${called.number}")),
    ];
    let say =
        Verb::Say(crate::ivr::verbs::Say { pieces, barge_in: false, early: true, next: at(1) });
    let empty = vec![Piece::Digits(template("${nobody}"))];
    let nothing = Verb::Say(crate::ivr::verbs::Say {
        pieces: empty,
        barge_in: false,
        early: true,
        next: Next::End,
    });
    let mut call = Call::new(vec![say, nothing]);
    for n in 0..20 {
        call.program.words.insert(Word::Number(n), PromptId(100 + u32::from(n)));
    }
    call.program.words.insert(Word::Hundred, PromptId(200));
    call.program.words.insert(Word::Thousand, PromptId(201));
    let three_thousand_one_hundred = "103 201 101 200";
    assert_eq!(
        call.hear(Input::Start),
        format!("@0, play1 [5 103 109 103 103 103 101 101 101 {three_thousand_one_hundred}]")
    );
    assert_eq!(call.done(1), "@1, hang_up 480");
}

// set, when, hours, goto

#[test]
fn set_and_when_work_on_facts_and_variables() {
    let values = vec![
        ("who".into(), template("${caller.number}")),
        ("greeting".into(), template("to ${who}")),
    ];
    let condition = |text: &str, n| (Expr::parse(text).unwrap(), at(n));
    let when = |branches, otherwise| Verb::When(When { branches, otherwise });
    let mut call = Call::new(vec![
        Verb::Set(Set { values, next: at(1) }),
        when(
            vec![condition("who == \"x\"", 4), condition("greeting == \"to +39333111\"", 2)],
            at(4),
        ),
        when(vec![condition("unknown == \"1\"", 4), condition("1 / 0 == 1", 4)], at(3)),
        hang_up(480),
        hang_up(500),
    ]);
    assert_eq!(call.hear(Input::Start), "@0, @1, @2, @3, hang_up 480");
}

#[test]
fn values_are_cut_to_their_bound() {
    let values = vec![("long".into(), template(&"x".repeat(1000)))];
    let mut call = Call::new(vec![Verb::Set(Set { values, next: Next::End })]);
    call.hear(Input::Start);
    assert_eq!(call.run.memory().text("long").len(), 256);
}

#[test]
fn hours_go_by_the_wall_clock() {
    let mut calendar = Calendar::new("Europe/Rome").unwrap();
    calendar.open(3, parse_range("09:00-18:00").unwrap());
    let hours = Verb::Hours(Hours { calendar: Arc::new(calendar), next: at(1), closed: at(2) });
    // 1970-01-01 was a Thursday; Rome is an hour ahead.
    for (wall_ms, said) in [(8 * 3_600_000, "@0, @1, hang_up 200"), (0, "@0, @2, hang_up 300")] {
        let mut call = Call::new(vec![hours.clone(), hang_up(200), hang_up(300)]);
        call.now.wall_ms = wall_ms;
        assert_eq!(call.hear(Input::Start), said);
    }
}

#[test]
fn goto_goes_on_in_another_flow_with_the_same_variables() {
    let mut call = Call::new(vec![
        Verb::Set(Set { values: vec![("x".into(), template("1"))], next: at(1) }),
        Verb::Goto(Goto { flow: OTHER }),
    ]);
    let states = vec![State { name: "only".into(), verb: hang_up(480) }];
    call.program
        .flows
        .insert(OTHER, Arc::new(Flow { name: "other".into(), template: None, states }));
    assert_eq!(call.hear(Input::Start), "@0, @1, @7:0, hang_up 480");
    assert_eq!(call.run.memory().text("x"), "1");
    assert_eq!(call.program.names(OTHER, 0), Some(("other".into(), "only".into())));
}

// queue, dial, refuse, hang_up

fn queue(early: bool) -> Verb {
    Verb::Queue(Queue {
        queue: QueueId(4),
        reason: template("about ${called.number}"),
        priority: 30,
        early,
        next: at(1),
        otherwise: at(2),
    })
}

#[test]
fn a_queue_gives_the_call_back_or_ends_it() {
    for (outcome, said) in
        [(QueueOutcome::Overflow, "@2, hang_up 486"), (QueueOutcome::Ended, "@1, hang_up 480")]
    {
        let (mut call, then) = Call::answered(vec![queue(false), hang_up(480), hang_up(486)]);
        assert_eq!(then, "enqueue 4 \"about 100\" 30");
        assert_eq!(call.run.next_deadline(), None);
        assert_eq!(call.hear(Input::Queue(outcome)), said);
        assert_eq!(call.hear(Input::Queue(outcome)), "", "said twice");
    }
    let mut call = Call::new(vec![queue(true)]);
    assert_eq!(call.hear(Input::Start), "@0, enqueue 4 \"about 100\" 30");
}

#[test]
fn the_router_gets_facts_and_variables() {
    let values = vec![("tier".into(), template("gold"))];
    let mut call = Call::new(vec![Verb::Set(Set { values, next: at(1) }), queue(true)]);
    let mut out = Vec::new();
    call.run.handle(Input::Start, &call.program, call.now, &mut out);
    let Some(Output::Enqueue { variables, .. }) = out.last() else { panic!("{out:?}") };
    let expected: BTreeMap<String, String> = [
        ("called", "100"),
        ("called.number", "100"),
        ("caller", "+39333111"),
        ("caller.number", "+39333111"),
        ("tier", "gold"),
    ]
    .map(|(k, v)| (k.to_string(), v.to_string()))
    .into();
    assert_eq!(*variables, expected);
}

#[test]
fn digits_during_a_queue_are_not_kept() {
    let verbs = vec![queue(false), hang_up(480), menu(asking(), &[("1", 1)])];
    let (mut call, _) = Call::answered(verbs);
    call.press("1");
    assert_eq!(call.hear(Input::Queue(QueueOutcome::Overflow)), "@2, play1? [1]");
}

fn dial(failed: Option<Next>) -> Verb {
    Verb::Dial(Dial {
        target: template("sip:${called.number}@10.0.0.9"),
        ring: Duration::from_secs(20),
        direct_media: true,
        next: at(1),
        failed,
    })
}

#[test]
fn a_dialled_target_that_fails_leads_on_or_ends_the_call_with_its_cause() {
    let dialled = "@0, dial sip:100@10.0.0.9 20000 direct";
    let busy = Input::Dial(DialOutcome::Failed(Cause::Busy));

    let mut call = Call::new(vec![dial(None), hang_up(480)]);
    assert_eq!(call.hear(Input::Start), dialled, "a dial does not answer");
    assert_eq!(call.hear(busy), "hang_up 486");

    let mut call = Call::new(vec![dial(Some(at(2))), hang_up(480), hang_up(603)]);
    assert_eq!(call.hear(Input::Start), dialled);
    assert_eq!(call.hear(busy), "@2, hang_up 603");
    assert_eq!(call.run.memory().text("dial.cause"), "busy");

    let mut call = Call::new(vec![dial(None), play(5, Next::End)]);
    call.hear(Input::Start);
    let ended = Input::Dial(DialOutcome::Ended);
    assert_eq!(call.hear(ended), "@1, play1 [5]", "it was answered when they talked");
}

#[test]
fn refuse_and_hang_up_are_the_last_word() {
    for (verb, said) in [
        (Verb::Refuse(Refuse { status: 603 }), "@0, refuse 603"),
        (hang_up(486), "@0, hang_up 486"),
    ] {
        let mut call = Call::new(vec![verb]);
        assert_eq!(call.hear(Input::Start), said);
        assert!(call.run.is_over());
        for input in [
            Input::Start,
            Input::Answered,
            Input::Digit('1'),
            Input::PlayDone { play: PlayNo(1), by_digit: false },
            Input::Queue(QueueOutcome::Ended),
            Input::Dial(DialOutcome::Ended),
            Input::Timeout,
        ] {
            assert_eq!(call.hear(input), "", "{input:?}");
        }
    }
}

// bounds

#[test]
fn a_flow_that_runs_in_a_circle_is_stopped() {
    let circle = |next| Verb::Set(Set { values: Vec::new(), next: at(next) });
    let mut call = Call::new(vec![circle(1), circle(0)]);
    let said = call.hear(Input::Start);
    assert!(said.ends_with("@1, fault: the flow runs in a circle"), "{said}");
    assert_eq!(said.matches('@').count(), 200);
    assert!(call.run.is_over());
}

#[test]
fn a_circle_through_time_or_digits_goes_on() {
    let (mut call, _) = Call::answered(vec![menu(asking(), &[("1", 0)])]);
    for _ in 0..1000 {
        assert!(call.press("1").starts_with("stop"));
    }
    let (mut call, _) = Call::answered(vec![play(5, at(0))]);
    for n in 1..1000 {
        call.pass(1);
        assert_eq!(call.done(n), format!("@0, play{} [5]", n + 1));
    }
}

#[test]
fn plays_that_end_without_time_passing_are_a_circle_too() {
    let (mut call, _) = Call::answered(vec![play(5, at(0))]);
    let faults = (1..300).filter(|n| call.done(*n).starts_with("fault")).count();
    assert_eq!(faults, 1);
}

#[test]
fn a_flow_or_state_that_is_not_there_is_a_fault() {
    let mut call = Call::new(vec![Verb::Goto(Goto { flow: OTHER })]);
    assert_eq!(call.hear(Input::Start), "@0, fault: the flow has no such state");
    let mut call = Call::new(vec![Verb::Answer(Answer { next: at(9) })]);
    call.hear(Input::Start);
    assert_eq!(call.hear(Input::Answered), "fault: the flow has no such state");
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::Start),
        Just(Input::Answered),
        "[0-9*#A-D]".prop_map(|s| Input::Digit(s.chars().next().unwrap_or('0'))),
        (0..40_u32, any::<bool>())
            .prop_map(|(n, by_digit)| Input::PlayDone { play: PlayNo(n), by_digit }),
        Just(Input::Queue(QueueOutcome::Overflow)),
        Just(Input::Queue(QueueOutcome::Ended)),
        Just(Input::Dial(DialOutcome::Ended)),
        Just(Input::Dial(DialOutcome::Failed(Cause::NoAnswer))),
        Just(Input::Timeout),
    ]
}

proptest! {
    /// Whatever comes in whatever order: no panic, plays are counted up, the last word is the last.
    #[test]
    fn any_order_of_inputs_is_survived(
        steps in proptest::collection::vec((any_input(), 0..4_000_u64), 0..60),
    ) {
        let verbs = vec![
            Verb::Ring(Ring { time: Duration::from_secs(1), next: at(1) }),
            menu(asking(), &[("1", 2), ("12", 3), ("*", 4)]),
            collect(1, 4, "#"),
            dial(Some(at(4))),
            play(5, at(1)),
        ];
        let mut call = Call::new(verbs);
        let (mut plays, mut over) = (0, false);
        for (input, ms) in steps {
            call.now.mono = call.now.mono + Duration::from_millis(ms);
            let mut out = Vec::new();
            call.run.handle(input, &call.program, call.now, &mut out);
            for output in out {
                prop_assert!(!over, "{output:?} after the end");
                if let Output::Play { play, .. } = &output {
                    prop_assert_eq!(play.0, plays + 1);
                    plays = play.0;
                }
                over = matches!(output, Output::HangUp { .. } | Output::Refuse(_) | Output::Fault(_));
            }
            prop_assert_eq!(over, call.run.is_over());
            prop_assert!(!over || call.run.next_deadline().is_none());
        }
    }
}
