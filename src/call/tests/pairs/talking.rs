//! Stage Talking: every deed in every place.

use super::check_stage;

#[test]
fn every_pair_of_stage_talking() {
    check_stage(TABLE, "Talking");
}

const TABLE: &str = "
Talking: not acknowledged
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers -> Talking, update a send+receive, 200+sdp>a
    a offers no codec -> Talking, 488>a
    a holds -> Talking, update a receive, #Held by a, 200+sdp>a, INVITE+sdp>b
    a asks for an offer -> Talking, 200+sdp>a
    a updates -> Talking, update a send+receive, 200/UPDATE+sdp>a
    b hangs up -> Ending, #LegEnded b normal_clearing, part b, close b, #LegEnded a normal_clearing, close a, 200/BYE>b, #Ended by agent normal_clearing
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers -> Talking, update b send+receive, 200+sdp>b
    b offers no codec -> Talking, 488>b
    // It is shown to the caller when the ACK has come: see `held before the ACK`.
    b holds -> Talking, update b receive, #Held by b, 200+sdp>b
    b asks for an offer -> Talking, 200+sdp>b
    b updates -> Talking, update b send+receive, 200/UPDATE+sdp>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    nobody speaks -> Ending, #LegEnded a no_ack, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system no_ack
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, BYE>b, #Ended by system draining
    a refreshes -> Talking, update a send+receive, 200/UPDATE>a
    b refreshes -> Talking, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b sends nonsense -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back / time passes -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Talking: without a flow
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers -> Talking, update a send+receive, 200+sdp>a
    a offers no codec -> Talking, 488>a
    a holds -> Talking, update a receive, #Held by a, 200+sdp>a, INVITE+sdp>b
    a asks for an offer -> Talking, 200+sdp>a
    a updates -> Talking, update a send+receive, 200/UPDATE+sdp>a
    b hangs up -> Ending, #LegEnded b normal_clearing, part b, close b, #LegEnded a normal_clearing, close a, 200/BYE>b, BYE>a, #Ended by agent normal_clearing
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers -> Talking, update b send+receive, 200+sdp>b
    b offers no codec -> Talking, 488>b
    b holds -> Talking, update b receive, #Held by b, 200+sdp>b, INVITE+sdp>a
    b asks for an offer -> Talking, 200+sdp>b
    b updates -> Talking, update b send+receive, 200/UPDATE+sdp>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system draining
    a refreshes -> Talking, update a send+receive, 200/UPDATE>a
    b refreshes -> Talking, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b sends nonsense -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back / time passes / nobody speaks -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Talking: late offer
    a acks -> Ending, #LegEnded a offer_unanswered, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system offer_unanswered
    nobody speaks -> Ending, #LegEnded a no_ack, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system no_ack
    a acks with an answer -> Talking, update a send+receive
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Talking, 491>a
    a updates -> Talking, 491/UPDATE>a
    b hangs up -> Flow, #LegEnded b normal_clearing, part b, close b, play a, 200/BYE>b
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers -> Talking, update b send+receive, 200+sdp>b
    b offers no codec -> Talking, 488>b
    b holds -> Talking, update b receive, #Held by b, 200+sdp>b
    b asks for an offer -> Talking, 200+sdp>b
    b updates -> Talking, update b send+receive, 200/UPDATE+sdp>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, BYE>b, #Ended by system draining
    a refreshes -> Talking, 200/UPDATE>a
    b refreshes -> Talking, update b send+receive, 200/UPDATE>b
    a sends nonsense / b is unreachable / b sends nonsense / media is done with a / media is done with b -> nothing
    media latches a / media latches b / router widens / router tells the place / router gives back -> nothing
    time passes -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Talking
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers -> Talking, update a send+receive, 200+sdp>a
    a offers no codec -> Talking, 488>a
    a holds -> Talking, update a receive, #Held by a, 200+sdp>a, INVITE+sdp>b
    a asks for an offer -> Talking, 200+sdp>a
    a updates -> Talking, update a send+receive, 200/UPDATE+sdp>a
    b hangs up -> Flow, #LegEnded b normal_clearing, part b, close b, ?LegEnded, play a, 200/BYE>b
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers -> Talking, update b send+receive, 200+sdp>b
    b offers no codec -> Talking, 488>b
    b holds -> Talking, update b receive, #Held by b, 200+sdp>b, INVITE+sdp>a
    b asks for an offer -> Talking, 200+sdp>b
    b updates -> Talking, update b send+receive, 200/UPDATE+sdp>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system draining
    a refreshes -> Talking, update a send+receive, 200/UPDATE>a
    b refreshes -> Talking, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b sends nonsense -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router grants -> nothing
    router revokes / router widens / router tells the place / router gives back / time passes -> nothing
    nobody speaks -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Talking: a is shown the hold
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Talking, 491>a
    a updates -> Talking, 491/UPDATE>a
    a answers -> Talking, update a send, ACK>a
    a refuses -> Talking, ACK>a
    a has lost the dialog -> Ending, ACK>a, #LegEnded a unreachable, #LegEnded b normal_clearing, close a, close b, BYE>a, #Ended by system unreachable
    b hangs up -> Flow, #LegEnded b normal_clearing, part b, close b, ?LegEnded, play a, 200/BYE>b
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers -> Talking, update b send+receive, #Resumed by b, 200+sdp>b
    b offers no codec -> Talking, 488>b
    b asks for an offer -> Talking, 200+sdp>b
    b updates -> Talking, update b send+receive, #Resumed by b, 200/UPDATE+sdp>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    nobody speaks -> Ending, #LegEnded a unreachable, #LegEnded b normal_clearing, close a, close b, BYE>a, #Ended by system unreachable, BYE>b
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, BYE>a, #Ended by system draining
    a refreshes -> Talking, update a send+receive, 200/UPDATE>a
    b holds -> Talking, update b receive, 200+sdp>b
    b refreshes -> Talking, update b receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b acks with an answer -> nothing
    b sends nonsense / media is done with a / media is done with b / media latches a / media latches b -> nothing
    router grants / router revokes / router widens / router tells the place / router gives back -> nothing
    time passes -> nothing
    a cancels -> never: it has its final response
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b refuses -> never: it owes us no answer
    b has lost the dialog / b ends -> never: it owes us no answer
    media closes -> never: no stream is closing

Talking: b is shown the hold
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers -> Talking, update a send+receive, #Resumed by a, 200+sdp>a
    a offers no codec -> Talking, 488>a
    a asks for an offer -> Talking, 200+sdp>a
    a updates -> Talking, update a send+receive, #Resumed by a, 200/UPDATE+sdp>a
    b answers -> Talking, update b send, ACK>b
    b answers without a codec / b is busy / b refuses -> Talking, ACK>b
    b hangs up -> Flow, #LegEnded b normal_clearing, part b, close b, ?LegEnded, play a, 200/BYE>b
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers / b offers no codec / b holds / b asks for an offer -> Talking, 491>b
    b updates -> Talking, 491/UPDATE>b
    b has lost the dialog -> Flow, ACK>b, #LegEnded b unreachable, part b, close b, play a, BYE>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    nobody speaks -> Ending, #LegEnded b unreachable, part b, close b, play a, BYE>b, #LegEnded a no_ack, close a, BYE>a, #Ended by system no_ack
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, BYE>b, #Ended by system draining
    a holds -> Talking, update a receive, 200+sdp>a
    a refreshes -> Talking, update a receive, 200/UPDATE>a
    b refreshes -> Talking, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b rings / b sends early media / b sends nonsense / b is unreachable -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router grants -> nothing
    router revokes / router widens / router tells the place / router gives back / time passes -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Talking: held before the ACK
    a acks / a acks with an answer -> Talking, INVITE+sdp>a
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers -> Talking, update a send, 200+sdp>a
    a offers no codec -> Talking, 488>a
    a holds -> Talking, update a , #Held by a, 200+sdp>a
    a asks for an offer -> Talking, 200+sdp>a
    a updates -> Talking, update a send, 200/UPDATE+sdp>a
    b hangs up -> Ending, #LegEnded b normal_clearing, part b, close b, #LegEnded a normal_clearing, close a, 200/BYE>b, #Ended by agent normal_clearing
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers -> Talking, update b send+receive, #Resumed by b, 200+sdp>b
    b offers no codec -> Talking, 488>b
    b asks for an offer -> Talking, 200+sdp>b
    b updates -> Talking, update b send+receive, #Resumed by b, 200/UPDATE+sdp>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    nobody speaks -> Ending, #LegEnded a no_ack, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system no_ack
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, #Ended by system draining
    a refreshes -> Talking, update a send+receive, 200/UPDATE>a
    b holds -> Talking, update b receive, 200+sdp>b
    b refreshes -> Talking, update b receive, 200/UPDATE>b
    a sends nonsense / b is unreachable / b acks with an answer / b sends nonsense -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back / time passes -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Talking: a CANCEL is out
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, BYE>b
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers -> Talking, update a send+receive, 200+sdp>a
    a offers no codec -> Talking, 488>a
    a holds -> Talking, update a receive, #Held by a, 200+sdp>a, INVITE+sdp>b
    a asks for an offer -> Talking, 200+sdp>a
    a updates -> Talking, update a send+receive, 200/UPDATE+sdp>a
    b answers / b answers without a codec -> Talking, ACK>b, BYE>b
    b is busy / b refuses / b has lost the dialog / b ends -> Talking, ACK>b, ?LegEnded
    b hangs up -> Flow, #LegEnded b normal_clearing, part b, close b, ?LegEnded, play a, 200/BYE>b
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers -> Talking, update b send+receive, 200+sdp>b
    b offers no codec -> Talking, 488>b
    b holds -> Talking, update b receive, #Held by b, 200+sdp>b, INVITE+sdp>a
    b asks for an offer -> Talking, 200+sdp>b
    b updates -> Talking, update b send+receive, 200/UPDATE+sdp>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    nobody speaks -> Talking, ?LegEnded
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b
    a refreshes -> Talking, update a send+receive, 200/UPDATE>a
    b refreshes -> Talking, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b rings / b sends early media / b is unreachable -> nothing
    b sends nonsense / media is done with a / media is done with b / media latches a / media latches b -> nothing
    media closes / router grants / router revokes / router widens / router tells the place -> nothing
    router gives back / time passes -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx

Talking: direct
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers -> Talking, update a , 200+sdp>a
    a offers no codec -> Talking, 488>a
    a holds -> Talking, update a , #Held by a, 200+sdp>a, INVITE+sdp>b
    a asks for an offer -> Talking, 200+sdp>a
    a updates -> Talking, update a , 200/UPDATE+sdp>a
    b hangs up -> Flow, #LegEnded b normal_clearing, part b, close b, 200/BYE>b, INVITE+sdp>a
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers -> Talking, update b , 200+sdp>b
    b offers no codec -> Talking, 488>b
    b holds -> Talking, update b , #Held by b, 200+sdp>b, INVITE+sdp>a
    b asks for an offer -> Talking, 200+sdp>b
    b updates -> Talking, update b , 200/UPDATE+sdp>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system draining
    a refreshes -> Talking, update a , 200/UPDATE>a
    b refreshes -> Talking, update b , 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b sends nonsense -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back / time passes / nobody speaks -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Talking: digits by INFO
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b normal_clearing, close a, close b, 200/BYE>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Talking, 200/INFO>a, INFO>b
    a sends a wrong INFO -> Talking, 415/INFO>a
    a offers -> Talking, update a send+receive, 200+sdp>a
    a offers no codec -> Talking, 488>a
    a holds -> Talking, update a receive, #Held by a, 200+sdp>a, INVITE+sdp>b
    a asks for an offer -> Talking, 200+sdp>a
    a updates -> Talking, update a send+receive, 200/UPDATE+sdp>a
    a has lost the dialog -> Ending, #LegEnded a unreachable, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system unreachable
    b has lost the dialog -> Flow, #LegEnded b unreachable, part b, close b, play a, BYE>b
    b hangs up -> Flow, #LegEnded b normal_clearing, part b, close b, ?LegEnded, play a, 200/BYE>b
    b sends INFO -> Talking, 200/INFO>b, INFO>a
    b offers -> Talking, update b send+receive, 200+sdp>b
    b offers no codec -> Talking, 488>b
    b holds -> Talking, update b receive, #Held by b, 200+sdp>b, INVITE+sdp>a
    b asks for an offer -> Talking, 200+sdp>b
    b updates -> Talking, update b send+receive, 200/UPDATE+sdp>b
    media hears a digit of a -> Talking, INFO>b
    media hears a digit of b -> Talking, INFO>a
    router offers -> Talking, ?Refused cancelled, ?LegEnded
    router decides -> Talking, #Decided
    nobody speaks -> Ending, #LegEnded b unreachable, part b, close b, play a, #LegEnded a unreachable, close a, BYE>b, BYE>a, #Ended by system unreachable
    drained -> Ending, #LegEnded a draining, #LegEnded b normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system draining
    a refreshes -> Talking, update a send+receive, 200/UPDATE>a
    b refreshes -> Talking, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b sends nonsense / media is done with a / b is unreachable -> nothing
    media is done with b / media latches a / media latches b / router grants / router revokes -> nothing
    router widens / router tells the place / router gives back / time passes -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / b rings / b sends early media / b answers / b answers without a codec -> never: it owes us no answer
    b is busy / b refuses / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
";
