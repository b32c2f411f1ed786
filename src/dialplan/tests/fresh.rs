//! The plan that `centralino new` writes has no finding, whatever is asked for.

use super::schema::refused;
use super::*;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_string()).collect()
}

#[test]
fn every_mixture_of_answers_gives_a_plan_without_a_finding() {
    let trunks = ["127.0.0.0/8", "198.51.100.7", "2001:db8::7", "2001:db8::/32"];
    let numbers = [&[][..], &["+390212345"], &["+39 02 1234-5", "+3902123456xx", "1...", "sales"]];
    let queues = [
        &["billing"][..],
        &["sales", "support"],
        &["on", "Back Office", "42", "sorry", "né-è", "in", "_", "null", "a-b"],
    ];
    let agents = [
        &[("anna", "sip:anna@10.0.0.21")][..],
        &[("null", "10.0.0.22"), ("Anna B", "sips:a@[2001:db8::1];transport=tcp")],
    ];
    let hours = ["always", "mon-fri 9-18", "mon-fri 9-13 14-18:30, sat 9:30-13, sun 22-02"];
    let mut made = 0;
    for trunk in trunks {
        for numbers in numbers {
            for queues in queues {
                for agents in agents {
                    for hours in hours {
                        let answers = Answers {
                            trunk: trunk.to_string(),
                            numbers: texts(numbers),
                            queues: texts(queues),
                            agents: agents
                                .iter()
                                .map(|(name, uri)| (name.to_string(), uri.to_string()))
                                .collect(),
                            hours: hours.to_string(),
                            zone: if made % 2 == 0 { "UTC" } else { "Europe/Rome" }.to_string(),
                        };
                        let text = fresh(&answers).unwrap();
                        assert_eq!(findings(&text), Vec::<String>::new(), "{text}");
                        made += 1;
                        if made % 20 == 0 {
                            assert_eq!(refused(&text), None, "{text}");
                        }
                    }
                }
            }
        }
    }
    assert_eq!(made, 216);
}

#[test]
fn what_was_answered_is_in_the_plan() {
    let answers = Answers {
        trunk: "198.51.100.7".to_string(),
        numbers: texts(&["+390212345"]),
        queues: texts(&["billing"]),
        hours: "mon-fri 9-18".to_string(),
        ..Answers::default()
    };
    let plan = compiled(&fresh(&answers).unwrap()).unwrap().plan;
    assert!(plan.script.entry("+390212345").is_some());
    assert!(matches!(plan.script.entry("+390212346"), Some((Entry::Refuse(404), _))));
    assert_eq!(plan.trunks[0].peers.len(), 1);
    assert_eq!(plan.roster.queues.len(), 1);
    assert_eq!(plan.roster.agents.len(), 2);
    let text = fresh(&answers).unwrap();
    assert!(
        text.contains("want: \"skill.billing >= 1\"") && text.contains("[\"09:00-18:00\"]"),
        "{text}"
    );
    // Every step has somebody whom it adds.
    let asked = crate::graph::Asked { title: "plan", flow: None };
    let graph = crate::graph::of_plan(&plan, &asked).unwrap();
    let steps = graph.nodes.iter().flat_map(|node| &node.rows);
    let steps: Vec<_> = steps.filter(|row| row.key.starts_with("queues/")).collect();
    assert!(
        !steps.is_empty() && steps.iter().all(|row| !row.lead.boxes().is_empty()),
        "{steps:#?}"
    );
    // One queue needs no menu.
    assert!(!text.contains("menu:"), "{text}");
}
