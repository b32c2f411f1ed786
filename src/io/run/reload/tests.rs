//! The reloader with a folder, a database and a router of its own; no sockets, no workers.

use super::*;
use crate::io::store::{Reader, Store, StoreConfig};
use crate::record::trial::Limits;
use crate::router::Router;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

pub(super) const PLAN: &str = "\
version: 1
sip: { listen: [udp://127.0.0.1:5060] }
trunks: { carrier: { accept_from: [127.0.0.0/8] } }
agents: { anna: { contact: \"sip:anna@127.0.0.1:9\" } }
queues: { sales: { steps: [{ want: \"true\" }], otherwise: { hang_up: 480 } } }
numbers: { default: main }
flows: { main: { wait: { queue: sales } } }
";

pub(super) struct Scene {
    pub(super) folder: PathBuf,
    pub(super) reloader: Arc<Reloader>,
    pub(super) inboxes: Vec<crate::io::sip::Inbox>,
    pub(super) wakes: Receiver<Wake>,
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Scene {
    pub(super) fn new(name: &str, gate: Option<Gate>) -> Scene {
        let folder = std::env::temp_dir().join(format!("reload-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("plan.yaml");
        std::fs::write(&path, PLAN).unwrap();
        let origin = Origin::Path(path);
        let sources = origin.read().unwrap();
        let plan = dialplan::compile(&sources, &origin, &mut Names::default()).unwrap().plan;
        let database = folder.join("calls.db");
        let (store, _) = Store::open(&StoreConfig::new(&database)).unwrap();
        let (inboxes, waiting) = Inboxes::new(2);
        let clock = Clock::new();
        let router = Router::new(&plan.roster, clock.now());
        let peers = Peers::new(Arc::new(plan.clone()));
        let house = House {
            connections: Connections::new(inboxes.clone(), peers, 10),
            desk: Arc::new(Desk::new(router, inboxes.clone(), clock)),
            inboxes,
            ledger: Arc::new(Ledger::new(2, store)),
            clock,
        };
        let edition = Edition { plan: Arc::new(plan.clone()), prompts: Arc::default() };
        let first = Taken {
            edition,
            sources: sources.into(),
            taken_ms: clock.now().wall_ms,
            source: origin.to_string(),
            by: By::Start,
        };
        let (wake, wakes) = channel();
        let reloader = Reloader::new(origin, database, gate, &plan, first, house, wake);
        Scene { folder, reloader: Arc::new(reloader), inboxes: waiting, wakes }
    }

    pub(super) fn write(&self, from: &str, to: &str) {
        assert!(PLAN.contains(from), "{from}");
        std::fs::write(self.folder.join("plan.yaml"), PLAN.replace(from, to)).unwrap();
    }

    pub(super) fn hash(&self) -> String {
        self.reloader.standing().current.hash().to_owned()
    }

    pub(super) fn agents(&self) -> Vec<String> {
        let now = self.reloader.clock.mono();
        let views = self.reloader.desk.look(|router| router.agents_view(now));
        views.iter().map(|view| view.name.to_string()).collect()
    }

    pub(super) fn reload(&self) -> Done {
        self.reloader.reload(By::Api, None)
    }

    /// It is refused with these words, and all is as it was.
    #[track_caller]
    fn refuses(&self, words: &[&str]) {
        let (hash, agents) = (self.hash(), self.agents());
        let (taken, refused) = self.reloader.figures();
        let why = self.reload().unwrap_err().to_string();
        for word in words {
            assert!(why.contains(word), "no `{word}` in {why}");
        }
        assert_eq!((self.hash(), self.agents()), (hash, agents));
        assert_eq!(self.reloader.figures(), (taken, refused + 1));
        assert!(self.inboxes.iter().all(crate::io::sip::Inbox::is_empty), "no worker hears of it");
        assert!(self.wakes.try_recv().is_err());
    }
}

#[test]
fn a_plan_is_taken_and_every_worker_and_the_router_hear_of_it() {
    let scene = Scene::new("taken", None);
    let was = scene.hash();
    let anna = scene.reloader.roster().agents[0].id;
    scene.write("agents: {", "agents: { bruno: { contact: \"sip:b@127.0.0.1:9\" },");
    let answer = scene.reload().unwrap();
    assert_eq!(answer["was"], was);
    assert_eq!(answer["hash"], scene.hash());
    assert_eq!(answer["summary"], "1 agent added");
    assert_eq!(answer["changes"][0]["name"], "bruno");
    assert_eq!(scene.agents(), ["anna", "bruno"]);
    assert!(scene.inboxes.iter().all(|inbox| !inbox.is_empty()));
    let roster = scene.reloader.roster();
    let again = roster.agents.iter().find(|agent| &*agent.name == "anna").unwrap();
    assert_eq!(again.id, anna, "the same name has the same id");
    assert_eq!(scene.wakes.try_recv(), Ok(Wake::Look));
    let takes = Reader::open(&scene.reloader.database).unwrap().plan_takes().unwrap();
    let takes: Vec<(&str, &str)> = takes.iter().map(|t| (&*t.hash, &*t.by)).collect();
    assert_eq!(takes, [(&*scene.hash(), "API"), (&*was, "start")]);
}

#[test]
fn what_cannot_be_taken_leaves_everything_as_it_was() {
    let scene = Scene::new("refused", None);
    scene.write("queue: sales }", "queue: sells }");
    scene.refuses(&["plan.yaml:7:", "sells"]);
    scene.write("{ wait: { queue", "{ say: { play: nothing }, wait: { queue");
    scene.refuses(&["plan.yaml:7:", "nothing"]);
    for (from, to, word) in [
        ("udp://127.0.0.1:5060", "udp://127.0.0.1:5070", "sip.listen"),
        ("5060] }", "5060], advertise: 192.0.2.1 }", "sip.advertise"),
        ("trunks:", "media: { ports: 40000-40999 }\ntrunks:", "media.ports"),
        ("trunks:", "media: { address: 127.0.0.2 }\ntrunks:", "media.address"),
        ("trunks:", "http: { listen: off }\ntrunks:", "http.listen"),
        ("trunks:", "record: { path: other.db }\ntrunks:", "record.path"),
    ] {
        scene.write(from, to);
        scene.refuses(&["1 finding;", word, "cannot change without a restart"]);
    }
    std::fs::remove_file(scene.folder.join("plan.yaml")).unwrap();
    scene.refuses(&["there is no such file"]);
}

#[test]
fn the_gate_is_asked_last() {
    let scene = Scene::new(
        "gate",
        Some(|plan, sources, _, _| {
            assert_eq!((plan.roster.agents.len(), sources.len()), (1, 1));
            vec!["test 3 of 4 fails".to_owned()]
        }),
    );
    scene.refuses(&["test 3 of 4 fails"]);
}

/// What was in force before is taken back whatever its tests say.
#[test]
fn a_rollback_asks_no_gate() {
    let scene = Scene::new(
        "rescue",
        Some(|plan, _, _, _| {
            let old = plan.roster.queues.iter().any(|queue| queue.name.as_ref() == "sales");
            if old { vec!["a test fails".to_owned()] } else { Vec::new() }
        }),
    );
    let first = scene.hash();
    scene.write("sales", "sellers");
    scene.reload().unwrap();
    scene.reloader.roll_back(None).unwrap();
    assert_eq!(scene.hash(), first);
}

#[test]
fn a_rollback_takes_the_plan_before_again_or_the_named_one() {
    let scene = Scene::new("back", None);
    let first = scene.hash();
    assert!(scene.reloader.roll_back(None).unwrap_err().to_string().contains("no other plan"));
    scene.write("480", "486");
    scene.reload().unwrap();
    let second = scene.hash();
    let answer = scene.reloader.roll_back(None).unwrap();
    assert_eq!((scene.hash(), &answer["was"]), (first.clone(), &Value::from(second.clone())));
    assert_eq!(answer["summary"], "1 queue changed");
    scene.reloader.roll_back(None).unwrap();
    assert_eq!(scene.hash(), second, "and forth");
    scene.reloader.roll_back(first.get(..8)).unwrap();
    assert_eq!(scene.hash(), first);
    for (hash, word) in
        [(first.get(..8), "is the running plan"), (Some("ffffffff"), "no plan ffff")]
    {
        assert!(scene.reloader.roll_back(hash).unwrap_err().to_string().contains(word), "{word}");
    }
}

#[test]
fn a_trial_adds_what_is_new_and_takes_nothing_away_before_it_is_promoted() {
    let scene = Scene::new("trial", None);
    let ask = TrialAsk { share: 500, limits: Limits::default() };
    let begin = || scene.reloader.reload(By::Api, Some(ask));
    assert!(begin().unwrap_err().to_string().contains("nothing to try"));
    scene.write("anna: {", "bruno: {");
    let first = scene.hash();
    let answer = begin().unwrap();
    assert_eq!((scene.hash(), &answer["share_percent"]), (first.clone(), &Value::from(5.0)));
    assert_eq!(scene.agents(), ["anna", "bruno"]);
    assert!(begin().unwrap_err().to_string().contains("on trial"), "one at a time");
    assert_eq!(scene.reloader.view(false)["trial"]["hash"], answer["hash"]);

    let reader = Reader::open(&scene.reloader.database).unwrap();
    assert!(reader.plan(answer["hash"].as_str().unwrap()).unwrap().is_some(), "its calls name it");
    assert_eq!(reader.plan_takes().unwrap()[0].by, "tried");

    scene.reloader.roll_back(None).unwrap();
    assert_eq!((scene.hash(), scene.agents()), (first.clone(), vec!["anna".to_owned()]));
    let why = scene.reloader.roll_back(None).unwrap_err().to_string();
    assert!(why.contains("no other plan was taken"), "what was tried was not in force: {why}");
    assert_eq!(scene.reloader.view(false)["trial"], Value::Null);
    assert!(scene.reloader.promote(By::Api).unwrap_err().to_string().contains("no plan is on"));

    begin().unwrap();
    scene.reloader.promote(By::Api).unwrap();
    assert_eq!(scene.hash(), answer["hash"].as_str().unwrap());
    assert_eq!(scene.agents(), ["bruno"]);
    scene.reloader.roll_back(None).unwrap();
    assert_eq!(scene.hash(), first);
}

#[test]
fn a_trial_is_judged_by_its_own_calls() {
    use crate::record::{Cdr, Opened};
    let scene = Scene::new("judged", None);
    scene.write("anna: {", "bruno: {");
    let limits = Limits { at_least: 3, promote_after: Some(Duration::ZERO), ..Limits::default() };
    let begin = || {
        let ask = TrialAsk { share: 500, limits };
        let answer = scene.reloader.reload(By::Api, Some(ask)).unwrap();
        answer["hash"].as_str().unwrap().to_owned()
    };
    let end = |plan: &str, began_ms: i64, cause: &str| {
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
        scene.reloader.ledger.trial().count(&cdr);
        scene.reloader.judge_trial();
    };
    let first = scene.hash();
    let tried = begin();
    let now = scene.reloader.clock.now().wall_ms + 1;
    for _ in 0..3 {
        end(&tried, 0, "internal");
        end(&first, now, "flow_ended");
        end("another", now, "internal");
    }
    assert!(scene.reloader.standing().trial.is_some(), "those were not of the trial");
    for _ in 0..3 {
        assert_eq!(scene.hash(), first);
        end(&tried, now, "internal");
    }
    assert!(scene.reloader.standing().trial.is_none(), "all three failed");
    assert!(scene.reloader.view(false)["last_trial"].as_str().unwrap().contains("failed"));
    assert_eq!(scene.agents(), ["anna"]);

    let tried = begin();
    for _ in 0..3 {
        assert_eq!(scene.hash(), first);
        end(&tried, now + 1_000, "flow_ended");
    }
    assert_eq!((scene.hash(), scene.agents()), (tried, vec!["bruno".to_owned()]));
}

#[test]
fn a_plan_that_the_program_made_is_not_read_anew() {
    let scene = Scene::new("made", None);
    let mut standing = (*scene.reloader.standing()).clone();
    standing.current.sources = Arc::from([]);
    *lock(&scene.reloader.standing) = Arc::new(standing);
    assert!(scene.reload().unwrap_err().to_string().contains("made by the program"));
}
