//! E05xx: queues and agents.

super::codes! {
    NO_OTHERWISE = "E0501", "a queue without `otherwise`":
        "A queue gives a call back when it is full, when the wait was too long or when nobody is there. Neither the queue nor the state says where the call goes then.",
        "The caller would be cut off; so the plan is not loaded.",
        "sell: { queue: sales }" => "sell: { queue: sales, otherwise: sorry }";
    STEP_WITHOUT_END = "E0502", "a step that never gives way to the next":
        "Each step but the last says how long it is alone. Without `for` the steps behind it would never come.",
        "Callers would wait for the first few agents only.",
        "steps: [{ want: skill.sales >= 8 }, { want: skill.sales >= 1 }]" => "steps: [{ want: skill.sales >= 8, for: 20s }, { want: skill.sales >= 1 }]";
    NO_PHONE = "E0503", "an agent without a phone":
        "An agent is reached at a `contact`, a `sip:` URI.",
        "No call could be offered.",
        "anna: { skills: { sales: 9 } }" => "anna: { contact: \"sip:anna@10.0.0.21\", skills: { sales: 9 } }";
    NO_SUCH_SKILL = "E0504", "a skill that nobody has":
        "A step asks for a skill that no agent of the plan has. Mostly the name is mistyped on one of the two sides.",
        "The step adds nobody: callers wait in vain.",
        "want: skill.biling >= 5" => "want: skill.billing >= 5";
    OTHERWISE_LOOP = "E0505", "an `otherwise` that comes straight back to the queue":
        "What the queue gives back returns to it with nothing heard and no time in between. If nobody is there it is given back at once, and so on.",
        "The call goes round as fast as the machine can, hears nothing, and takes the machine's time from all others.",
        "wait: { queue: sales, otherwise: again }\nagain: { set: { tried: \"1\" }, next: wait }" => "wait: { queue: sales, otherwise: again }\nagain: { play: sorry, next: { hang_up: 480 } }";
    TOO_OFTEN = "E0506", "announcements too close to one another":
        "Callers who wait may be spoken to every 5 seconds at most.",
        "There would be no music left between the words.",
        "while_waiting: { every: 1s, say: [position] }" => "while_waiting: { every: 30s, say: [position] }";
    SAY_WITHOUT_EVERY = "E0507", "announcements without saying how often":
        "`say` needs `every`.",
        "Nothing would be said.",
        "while_waiting: { music: hold-music, say: [position] }" => "while_waiting: { music: hold-music, every: 30s, say: [position] }";
    STEPS = "E0508", "no step, or too many":
        "A queue has 1 to 32 steps.",
        "Without a step nobody may ever take a call.",
        "sales: { steps: [], otherwise: sorry }" => "sales: { steps: [{ want: skill.sales >= 1 }], otherwise: sorry }";
    LAST_STEP_FOR = "W0501", "`for` at the last step":
        "Nothing comes behind the last step, so it stays. How long callers may wait in all is `max_wait`.",
        "Callers wait longer than whoever wrote this thinks.",
        "steps: [{ want: skill.sales >= 1, for: 60s }]" => "max_wait: 60s\nsteps: [{ want: skill.sales >= 1 }]";
    STEP_TOO_SHORT = "W0502", "a step shorter than one phone rings":
        "The step is over before the first offer has rung for the queue's `ring`.",
        "The next step begins while the first agent's phone still rings: the better agents hardly count.",
        "ring: 20s\nsteps: [{ want: skill.sales >= 8, for: 5s }, { want: skill.sales >= 1 }]" => "ring: 20s\nsteps: [{ want: skill.sales >= 8, for: 25s }, { want: skill.sales >= 1 }]";
    STEP_ADDS_NOBODY = "W0503", "a step that adds nobody":
        "Every agent who fits this step fits one before it, or no agent fits it at all. Each step adds to those before it.",
        "Callers wait through the step for nothing.",
        "steps: [{ want: skill.sales >= 1, for: 20s }, { want: skill.sales >= 8 }]" => "steps: [{ want: skill.sales >= 8, for: 20s }, { want: skill.sales >= 1 }]";
    QUEUE_UNUSED = "W0504", "a queue that no state leads to":
        "No `queue:` of any flow names it.",
        "Nobody ever waits there, and agents who are only there get no call.",
        "queues: { sales: …, support: … }\nflows: { main: { a: { queue: sales } } }" => "queues: { sales: … }\nflows: { main: { a: { queue: sales } } }";
    GROUP_UNUSED = "W0505", "a group that no step asks for":
        "Agents are in this group, but no step of a queue says `\"GROUP\" in agent.groups`.",
        "To be in the group means nothing. Often the name is mistyped in the step.",
        "anna: { contact: \"sip:anna@10.0.0.21\", groups: [senior] }\n# …\nwant: '\"seniors\" in agent.groups'" => "anna: { contact: \"sip:anna@10.0.0.21\", groups: [seniors] }\n# …\nwant: '\"seniors\" in agent.groups'";
    OTHERWISE_AGAIN = "W0506", "an `otherwise` that can come back to the queue":
        "What the queue gives back can return to the same queue, though something is heard on the way.",
        "The caller loses their place and goes round: `max_wait` and `max_length` bound nothing any more.",
        "wait: { queue: sales, otherwise: again }\nagain: { play: sorry, next: wait }" => "wait: { queue: sales, otherwise: again }\nagain: { play: sorry, next: { hang_up: 480 } }";
}
