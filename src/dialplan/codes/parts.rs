//! E11xx: what a plan is put together from, files and templates.

super::codes! {
    NOT_INCLUDED = "E1301", "an included file that cannot be read":
        "`include` names a file or folder that is not there, may not be read or is not UTF-8, or a folder with no `*.yaml` and no `*.yml` in it. The path is relative to the file that names it.",
        "The plan is not loaded: a part of it is missing.",
        "include: agnets.yaml" => "include: agents.yaml";
    IN_A_RING = "E1302", "files that include one another":
        "A file includes itself, straight or by way of others, or the folder that it is in. A file that several others include is no fault: it is read once.",
        "The plan is not loaded: such a ring is nearly always a mistyped name.",
        "# a.yaml\ninclude: b.yaml\n# b.yaml\ninclude: a.yaml" => "# a.yaml\ninclude: [b.yaml, common.yaml]\n# b.yaml\ninclude: common.yaml";
    OUTSIDE = "E1303", "an included file outside the plan's folder":
        "An absolute path, or one that leaves the plan's folder by `..`. The plan's folder is the one that was named on the command line, or in which the named file is. A part that several plans share lies in a folder above them, and that folder's file or the folder itself is what is named on the command line; or there is a link to it in each plan's folder.",
        "The plan is not loaded. A plan is copied, kept for a rollback and shown over the API as a whole; a path to elsewhere would be another file on another machine, and findings would show lines of files that are no part of it.",
        "include: ../../common/hours.yaml" => "include: common/hours.yaml";
    NO_TEMPLATE = "E1304", "there is no such template":
        "An agent, a queue or a flow names a template that `templates` has not got for its kind: a template of agents is none for queues.",
        "The plan is not loaded: what the template was to say is missing.",
        "templates: { agents: { senior: { groups: seniors } } }\nagents: { anna: { template: senoir, contact: \"sip:anna@10.0.0.21\" } }" => "templates: { agents: { senior: { groups: seniors } } }\nagents: { anna: { template: senior, contact: \"sip:anna@10.0.0.21\" } }";
    WITH_MISSING = "E1305", "a template that is not given what it asks for":
        "The template lists under `with` what it asks for; a flow that uses it gives each of these a value.",
        "The plan is not loaded: the flow would have holes.",
        "milano: { template: office, with: { greeting: welcome-milano } }   # and a queue?" => "milano: { template: office, with: { greeting: welcome-milano, queue: milano } }";
    WITH_SURPLUS = "E1306", "a template that is given what it does not ask for":
        "Under `with` stands a name that the template does not list: mistyped, or gone from the template.",
        "The plan is not loaded: a value that goes nowhere was meant to change something.",
        "milano: { template: office, with: { greting: welcome-milano } }" => "milano: { template: office, with: { greeting: welcome-milano } }";
    WITH_OUTSIDE = "E1307", "`${with.…}` outside a template of flows":
        "`${with.NAME}` is put in while the plan is loaded, and only in the states of a template of flows. Templates of agents and queues have no `with`.",
        "The plan is not loaded: there is no value that could stand there.",
        "flows: { main: { hello: { play: \"${with.greeting}\" } } }" => "templates: { flows: { office: { with: greeting, states: { hello: { play: \"${with.greeting}\" } } } } }";
    WITH_UNASKED = "E1308", "`${with.…}` of a name that the template does not ask for":
        "The template puts in a value that its own `with` does not list, or what stands behind `with.` is more than a name: expressions know nothing of `with`.",
        "The plan is not loaded: nobody who uses the template could give the value.",
        "office: { with: [greeting], states: { hello: { play: \"${with.greting}\" } } }" => "office: { with: [greeting], states: { hello: { play: \"${with.greeting}\" } } }";
    NESTED_TEMPLATE = "E1309", "a template that is made from a template":
        "Templates do not use templates, not even others than themselves: what an agent says stands in at most two places. An agent or a queue may use several.",
        "The plan is not loaded.",
        "templates: { agents: { milano: { site: milano }, chief: { template: milano, groups: chiefs } } }\nagents: { anna: { template: chief, contact: \"sip:anna@10.0.0.21\" } }" => "templates: { agents: { milano: { site: milano }, chief: { groups: chiefs } } }\nagents: { anna: { template: [milano, chief], contact: \"sip:anna@10.0.0.21\" } }";
    UNUSED_TEMPLATE = "W1301", "a template that nobody uses":
        "Nothing is made from this template. What is in it is not looked at.",
        "Nothing comes of it; who was to use it has other values than was meant.",
        "templates: { queues: { usual: { ring: 20s } } }" => "templates: { queues: { usual: { ring: 20s } } }\nqueues: { sales: { template: usual, steps: [{ want: skill.sales >= 1 }] } }";
    WITH_UNUSED = "W1302", "a value that a template asks for and never puts in":
        "The template lists a name under `with`, and no `${with.NAME}` of it is in its states.",
        "Whoever gives the value changes nothing by it.",
        "office: { with: [greeting, queue], states: { hello: { play: \"${with.greeting}\" } } }" => "office: { with: [greeting], states: { hello: { play: \"${with.greeting}\" } } }";
}
