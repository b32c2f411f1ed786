//! E09xx: secrets, and limits of the machine.

super::codes! {
    NO_ENVIRONMENT = "E0901", "there is no such variable of the environment":
        "`${env.NAME}` stands for a variable of the environment in which the router runs. It is not set, or its `}` is missing.",
        "The trunk would be called without its password; so the plan is not loaded.",
        "password: \"${env.CARRIER_PASWORD}\"" => "password: \"${env.CARRIER_PASSWORD}\"";
    SECRET = "W0901", "a secret in the file":
        "A password stands in the plan itself. Plans are copied, kept by hash and shown in reviews; the environment is not.",
        "Whoever reads the plan can call at your cost.",
        "credentials: { user: us, password: hunter2 }" => "credentials: { user: us, password: \"${env.CARRIER_PASSWORD}\" }";
    TOO_MANY_PORTS = "W0902", "more media ports than this machine allows":
        "Each media port takes a file descriptor, and some hundreds are needed besides. This process may have fewer.",
        "`run` does not begin with it: raise the hard limit (`ulimit -Hn`, LimitNOFILE= in systemd) or take a narrower range.",
        "media: { ports: 2000-65535 }    # with a hard limit of 4096" => "media: { ports: 20000-22999 }";
    TOO_MANY_CALLS = "W0903", "more calls than the ports can carry":
        "A trunk's `limits: calls` allows more calls at a time than there are pairs of media ports. Each call takes at least one pair, a relayed one two.",
        "Calls beyond the ports get 503 long before the limit is reached.",
        "media: { ports: 20000-20099 }\ntrunks: { carrier: { peers: [\"sip:198.51.100.7\"], limits: { calls: 5000 } } }" => "media: { ports: 20000-39999 }\ntrunks: { carrier: { peers: [\"sip:198.51.100.7\"], limits: { calls: 5000 } } }";
    QUEUE_TOO_LONG = "W0904", "a queue longer than the ports can carry":
        "`max_length` lets more callers wait than there are pairs of media ports; each of them takes a pair.",
        "Calls get 503 before the queue is full, and never hear its `otherwise`.",
        "media: { ports: 20000-20099 }\nqueues: { sales: { max_length: 500 } }" => "media: { ports: 20000-20099 }\nqueues: { sales: { max_length: 20 } }";
    PORT_NEEDS_RIGHTS = "W0905", "a port that this process may not open":
        "Low ports need a right that this process has not got.",
        "`run` does not begin with it: AmbientCapabilities=CAP_NET_BIND_SERVICE in systemd, or take a higher port.",
        "http: { listen: \"127.0.0.1:80\" }" => "http: { listen: \"127.0.0.1:8080\" }";
    NOT_OUR_ADDRESS = "W0906", "an address that this machine has not got":
        "A listener is bound to an address that belongs to no interface of this machine. It may be right where the plan runs.",
        "`run` does not begin with it on this machine. Behind NAT listen on the inner address and `advertise` the outer one.",
        "sip: { listen: [udp://203.0.113.10:5060] }" => "sip: { listen: [udp://0.0.0.0:5060], advertise: 203.0.113.10 }";
}
