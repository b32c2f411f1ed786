//! The reloader where people, files and trials cross: who asks too late, who edits meanwhile.

use super::tests::{PLAN, Scene};
use super::*;
use crate::base::Now;
use crate::record::trial::Limits;
use crate::record::{Cdr, Opened};
use crate::transport::Transport;
use crate::worker::Worker;
use crate::worker::tests::{flow, request, worker};
use std::sync::{Barrier, Weak};

fn ask(limits: Limits) -> Option<TrialAsk> {
    Some(TrialAsk { share: 500, limits })
}

impl Scene {
    /// Calls of this plan that end so.
    fn end_calls(&self, plan: &str, cause: &str, count: usize) {
        let began_ms = self.reloader.clock.now().wall_ms + 1;
        let opened = Opened {
            call: "ab".to_owned(),
            plan: plan.to_owned(),
            trunk: "t".to_owned(),
            caller: String::new(),
            caller_withheld: false,
            called: "1".to_owned(),
            sip_call_id: "c".to_owned(),
            began_ms,
        };
        let cdr = Cdr { cause: cause.to_owned(), ..Cdr::lost(opened, began_ms) };
        for _ in 0..count {
            self.reloader.ledger.trial().count(&cdr);
        }
    }
}

/// Who wants to end a trial that ended by itself a moment ago does not want the plan before it.
#[test]
fn a_rollback_behind_a_trial_that_is_over_takes_nothing_away() {
    let scene = Scene::new("late", None);
    let first = scene.hash();
    scene.write("480", "486");
    scene.reload().unwrap();
    let second = scene.hash();
    scene.write("anna: {", "bruno: {");
    let limits = Limits { at_least: 3, ..Limits::default() };
    let begin = || scene.reloader.reload(By::Api, ask(limits)).unwrap()["hash"].clone();
    let tried = begin();
    scene.end_calls(tried.as_str().unwrap(), "internal", 3);
    scene.reloader.judge_trial();
    assert!(scene.reloader.standing().trial.is_none(), "taken back by itself");
    for _ in 0..2 {
        let refused = scene.reloader.roll_back(None).unwrap_err();
        assert!(matches!(refused, PlanRefused::Not(DeskError::Conflict(_))), "{refused:?}");
        let why = refused.to_string();
        for word in ["the trial is over already", tried.as_str().unwrap(), &second, "a hash"] {
            assert!(why.contains(word), "no `{word}` in {why}");
        }
        assert_eq!(scene.hash(), second);
    }
    scene.reloader.roll_back(first.get(..8)).unwrap();
    assert_eq!(scene.hash(), first, "with a hash it goes further back");
    scene.reloader.roll_back(None).unwrap();
    assert_eq!(
        scene.hash(),
        second,
        "another plan was taken since: there is no trial to be taken for"
    );

    begin();
    scene.reloader.roll_back(None).unwrap();
    scene.reloader.roll_back(None).unwrap();
    assert_eq!(scene.hash(), first, "who ended the trial knows that it is over");
}

/// A trial lasts by the clock that nobody sets.
#[test]
fn a_step_of_the_wall_clock_promotes_no_trial() {
    let scene = Scene::new("wall", None);
    let first = scene.hash();
    scene.write("480", "486");
    let hour = Duration::from_secs(3_600);
    let limits = Limits { at_least: 1, promote_after: Some(hour), ..Limits::default() };
    let tried = scene.reloader.reload(By::Api, ask(limits)).unwrap()["hash"].clone();
    let mut standing = (*scene.reloader.standing()).clone();
    standing.trial.as_mut().unwrap().plan.taken_ms -= 7_200_000;
    *lock(&scene.reloader.standing) = Arc::new(standing);
    scene.end_calls(tried.as_str().unwrap(), "flow_ended", 1);
    scene.reloader.judge_trial();
    assert_eq!(scene.hash(), first);
    assert!(scene.reloader.standing().trial.is_some());
}

/// What `check` would say of a plan that may be taken is told to who takes it.
#[test]
fn the_answer_tells_the_warnings() {
    let scene = Scene::new("warnings", None);
    assert_eq!(scene.reload().unwrap()["warnings"], serde_json::json!([]));
    let secret = "trunks: { other: { peers: \"sip:us:hunter2@192.0.2.1\" },";
    scene.write("trunks: {", secret);
    let tried = scene.reloader.reload(By::Api, ask(Limits::default())).unwrap();
    scene.reloader.promote(By::Api).unwrap();
    scene.reloader.roll_back(None).unwrap();
    for answer in [tried, scene.reload().unwrap()] {
        let warnings = answer["warnings"].as_array().unwrap();
        let said = warnings[0].as_str().unwrap();
        assert!(warnings.len() == 1 && said.contains("a password stands in this URI"), "{answer}");
        assert!(said.contains("plan.yaml:3:") && !said.contains("hunter2"), "{said}");
    }
}

/// The watch of the files: a look each, as often as it takes.
fn looks(scene: &Scene) -> usize {
    let mut files = watch::Files::default();
    let before = scene.reloader.figures();
    for _ in 0..3 {
        files.look_and_take(&scene.reloader);
    }
    let after = scene.reloader.figures();
    usize::try_from(after.0 + after.1 - before.0 - before.1).unwrap()
}

/// An edit made while a plan is read, or tried, is taken afterwards; one that was refused is not
/// tried again, nor is the plan of a trial that was taken back.
#[test]
fn no_edit_is_lost() {
    let on_change = PLAN.replace("trunks:", "reload: on_change\ntrunks:");
    let scene = Scene::new("edits", Some(edit_meanwhile));
    let write = |text: &str| std::fs::write(scene.folder.join("plan.yaml"), text).unwrap();
    assert_eq!(looks(&scene), 0, "nothing was edited");
    write(&on_change);
    // The gate edits while the plan is looked at.
    scene.reload().unwrap();
    assert_eq!(looks(&scene), 1);
    assert_eq!(scene.agents(), ["anna", "edited"]);
    assert_eq!(looks(&scene), 0);

    write(&on_change.replace("480", "486"));
    let tried = scene.reloader.reload(By::Api, ask(Limits::default())).unwrap();
    write(&on_change.replace("480", "487-and-more"));
    assert_eq!(looks(&scene), 0, "not during the trial");
    write(&on_change.replace("480", "488"));
    scene.reloader.roll_back(None).unwrap();
    assert_eq!(looks(&scene), 1, "but after it");
    let text = |scene: &Scene| scene.reloader.standing().current.sources[0].text.clone();
    assert!(text(&scene).contains("488"));
    assert_ne!(tried["hash"], scene.hash());

    write(&on_change.replace("480", "4890"));
    let _ = scene.reloader.reload(By::Api, ask(Limits::default()));
    scene.reloader.roll_back(None).unwrap();
    assert_eq!(looks(&scene), 0, "what was tried and taken back is known");
    write(&on_change.replace("queue: sales", "queue: sells"));
    assert_eq!((looks(&scene), looks(&scene)), (1, 0), "refused once");
}

/// A gate that lets all plans pass, and adds an agent to the file of one that has none to add to.
fn edit_meanwhile(_: &Plan, sources: &[Source], _: &PromptBook, origin: &Origin) -> Vec<String> {
    let text = &sources[0].text;
    if let Origin::Path(path) = origin
        && !text.contains("edited")
        && text.contains("480")
    {
        let more = "agents: { edited: { contact: \"sip:e@127.0.0.1:9\" },";
        std::fs::write(path, text.replace("agents: {", more)).unwrap();
    }
    Vec::new()
}

/// Two meet here: the gate that has begun to look, and the test; then once more, before it lets go.
static LOOKS: Barrier = Barrier::new(2);

fn slow_gate(_: &Plan, _: &[Source], _: &PromptBook, _: &Origin) -> Vec<String> {
    LOOKS.wait();
    LOOKS.wait();
    Vec::new()
}

/// While a plan is looked at, all else goes on; and what was done meanwhile is not undone by it. Who was
/// told that it took too long is not proved wrong afterwards.
#[test]
fn nothing_waits_for_a_plan_that_is_looked_at() {
    let scene = Scene::new("slow", Some(slow_gate));
    let first = scene.hash();
    let meanwhile = |patience: &Patience, act: &dyn Fn()| {
        std::thread::scope(|threads| {
            let slow = threads.spawn(|| scene.reloader.reload_for(By::Api, None, patience));
            LOOKS.wait();
            act();
            LOOKS.wait();
            slow.join().unwrap()
        })
    };
    scene.write("480", "486");
    let busy = || {
        let why = scene.reload().unwrap_err().to_string();
        assert!(why.contains("another plan is being looked at"), "{why}");
        assert_eq!(scene.reloader.view(true)["hash"], first.as_str());
        assert!(scene.reloader.promote(By::Api).unwrap_err().to_string().contains("no plan is on"));
        scene.reloader.judge_trial();
    };
    let taken = meanwhile(&Patience::default(), &busy).unwrap();
    assert_eq!(taken["hash"], scene.hash().as_str());

    let second = scene.hash();
    scene.write("480", "487");
    let patience = Patience::default();
    let late = meanwhile(&patience, &|| assert!(patience.run_out())).unwrap_err();
    assert!(matches!(late, PlanRefused::Not(DeskError::Unavailable(_))), "{late:?}");
    assert_eq!(scene.hash(), second);

    let back = || assert_eq!(scene.reloader.roll_back(None).unwrap()["hash"], first.as_str());
    let why = meanwhile(&Patience::default(), &back).unwrap_err().to_string();
    assert!(why.contains("the running plan changed while this one was looked at"), "{why}");
    assert_eq!(scene.hash(), first);
    let again = meanwhile(&Patience::default(), &|| ()).unwrap();
    assert_eq!(again["was"], first.as_str(), "and asked again it is taken");
}

/// Plans and prompts that were in force, each once; it keeps none alive.
#[derive(Default)]
struct Seen {
    list: Vec<(Weak<Plan>, Weak<PromptBook>)>,
}

impl Seen {
    fn note(&mut self, edition: &Edition) {
        let new = (Arc::downgrade(&edition.plan), Arc::downgrade(&edition.prompts));
        if !self.list.iter().any(|(plan, _)| plan.ptr_eq(&new.0)) {
            self.list.push(new);
        }
    }

    /// How many of them somebody uses.
    fn alive(&self) -> [usize; 2] {
        let plans = self.list.iter().filter(|(plan, _)| plan.strong_count() > 0).count();
        let prompts = self.list.iter().filter(|(_, prompts)| prompts.strong_count() > 0).count();
        [plans, prompts]
    }
}

/// Plans and prompts that neither a call nor the node uses are gone, however many there were; and an
/// agent who is on a break is so after all of them.
#[test]
fn a_hundred_reloads_leave_no_plan_behind() {
    let mut scene = Scene::new("hundred", None);
    let mut seen = Seen::default();
    let edition = |scene: &Scene| scene.reloader.standing().current.edition.clone();
    let mut workers: Vec<Worker> = (0..2).map(|_| worker(edition(&scene))).collect();
    let mut now = Now::default();
    let hear = |workers: &mut Vec<Worker>, scene: &mut Scene, now: Now| {
        for (worker, inbox) in workers.iter_mut().zip(&mut scene.inboxes) {
            for input in inbox.take_all() {
                worker.handle(input, now, &mut Vec::new());
            }
        }
    };
    let anna = scene.reloader.roster().agents[0].id;
    let lunch = router::Input::SetAgent { agent: anna, ready: false, reason: "lunch".into() };
    scene.reloader.desk.post(lunch, None, &mut VecDeque::new());
    seen.note(&edition(&scene));
    for n in 1_u32..=100 {
        // A call under each of the first three, on one worker.
        if n <= 3 {
            let bytes = request("INVITE", n, "UDP", "");
            let flow = flow("127.0.0.1:5060", Transport::Udp);
            workers[0].handle(worker::Input::Message { flow, bytes }, now, &mut Vec::new());
            assert_eq!(workers[0].calls(), n as usize);
        }
        scene.write(
            "anna: {",
            &format!("bruno-{}: {{ contact: \"sip:b@127.0.0.1:9\" }}, anna: {{", n % 7),
        );
        let text = std::fs::read_to_string(scene.folder.join("plan.yaml")).unwrap();
        std::fs::write(
            scene.folder.join("plan.yaml"),
            text.replace("480", &format!("{}", 400 + n)),
        )
        .unwrap();
        // Every fifth is tried first, every tenth of these taken back.
        if n % 5 == 0 {
            scene.reloader.reload(By::Api, ask(Limits::default())).unwrap();
            let standing = scene.reloader.standing();
            seen.note(&standing.trial.as_ref().unwrap().plan.edition);
            drop(standing);
            hear(&mut workers, &mut scene, now);
            if n % 10 == 0 {
                scene.reloader.roll_back(None).unwrap();
            } else {
                scene.reloader.promote(By::Api).unwrap();
            }
        } else {
            scene.reload().unwrap();
        }
        hear(&mut workers, &mut scene, now);
        // The running one, and those of the calls.
        let used = 1 + n.min(3) as usize;
        seen.note(&edition(&scene));
        assert_eq!(seen.alive(), [used; 2], "{n}");
        let views = scene.reloader.desk.look(|router| router.agents_view(Default::default()));
        let anna = views.iter().find(|view| view.id == anna).unwrap();
        assert_eq!(anna.activity, router::AgentActivity::NotReady, "{n}");
    }
    workers[0].handle(worker::Input::EndAll, now, &mut Vec::new());
    while let Some(at) = workers[0].next_deadline() {
        now.mono = at;
        workers[0].handle(worker::Input::Timeout, now, &mut Vec::new());
    }
    assert_eq!(workers[0].calls(), 0);
    assert_eq!(seen.alive(), [1; 2], "the calls are over");
}
