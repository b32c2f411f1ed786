//! Stage Flow: every deed in every place.

use super::check_stage;

#[test]
fn every_pair_of_stage_flow() {
    check_stage(TABLE, "Flow");
}

const TABLE: &str = "
Flow: early prompt
    a cancels -> over, 200/CANCEL>a, #LegEnded a cancelled, close a, 487>a, #Ended by caller cancelled
    a hangs up -> over, #LegEnded a normal_clearing, close a, 200/BYE>a, 487>a, #Ended by caller normal_clearing
    a sends INFO -> Flow, 200/INFO>a
    a sends a wrong INFO -> Flow, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Flow, 500>a
    a updates -> Flow, 500/UPDATE>a
    media is done with a -> over, #LegEnded a flow_ended, close a, 480>a, #Ended by system flow_ended
    router offers -> Flow, ?Refused cancelled, ?LegEnded
    router decides -> Flow, #Decided
    drained -> over, #LegEnded a draining, close a, 503>a, #Ended by system draining
    a refreshes -> Flow, update a send+receive, 200/UPDATE>a
    a sends nonsense / b is unreachable / media hears a digit of a / media hears a digit of b -> nothing
    media is done with b / media latches a / media latches b / router widens / router tells the place -> nothing
    router gives back / time passes / nobody speaks -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b hangs up -> never: nobody is called
    b sends INFO / b offers / b offers no codec / b holds / b asks for an offer / b updates / b refreshes / b refuses -> never: nobody is called
    b acks with an answer / b sends nonsense / b has lost the dialog / b ends -> never: nobody is called
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Flow: menu
    a hangs up -> over, #LegEnded a normal_clearing, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Flow, stop a, play a, 200/INFO>a
    a sends a wrong INFO -> Flow, 415/INFO>a
    a offers -> Flow, update a send+receive, 200+sdp>a
    a offers no codec -> Flow, 488>a
    a holds -> Flow, update a receive, 200+sdp>a
    a asks for an offer -> Flow, 200+sdp>a
    a updates -> Flow, update a send+receive, 200/UPDATE+sdp>a
    media hears a digit of a -> Ending, stop a, #Digits 1, #LegEnded a flow_ended, close a, BYE>a, #Ended by system flow_ended
    router offers -> Flow, ?Refused cancelled, ?LegEnded
    router decides -> Flow, #Decided
    drained -> Ending, #LegEnded a draining, close a, BYE>a, #Ended by system draining
    a refreshes -> Flow, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b is unreachable / media hears a digit of b -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back / time passes / nobody speaks -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b hangs up -> never: nobody is called
    b sends INFO / b offers / b offers no codec / b holds / b asks for an offer / b updates / b refreshes / b refuses -> never: nobody is called
    b acks with an answer / b sends nonsense / b has lost the dialog / b ends -> never: nobody is called
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Flow: not acknowledged
    a hangs up -> over, #LegEnded a normal_clearing, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Flow, stop a, play a, 200/INFO>a
    a sends a wrong INFO -> Flow, 415/INFO>a
    a offers -> Flow, update a send+receive, 200+sdp>a
    a offers no codec -> Flow, 488>a
    a holds -> Flow, update a receive, 200+sdp>a
    a asks for an offer -> Flow, 200+sdp>a
    a updates -> Flow, update a send+receive, 200/UPDATE+sdp>a
    media hears a digit of a -> Ending, stop a, #Digits 1, #LegEnded a flow_ended, close a, #Ended by system flow_ended
    router offers -> Flow, ?Refused cancelled, ?LegEnded
    router decides -> Flow, #Decided
    nobody speaks -> Ending, #LegEnded a no_ack, close a, BYE>a, #Ended by system no_ack
    drained -> Ending, #LegEnded a draining, close a, #Ended by system draining
    a refreshes -> Flow, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b is unreachable / media hears a digit of b -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back / time passes -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b hangs up -> never: nobody is called
    b sends INFO / b offers / b offers no codec / b holds / b asks for an offer / b updates / b refreshes / b refuses -> never: nobody is called
    b acks with an answer / b sends nonsense / b has lost the dialog / b ends -> never: nobody is called
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Flow: late offer
    a acks -> Ending, #LegEnded a offer_unanswered, close a, BYE>a, #Ended by system offer_unanswered
    nobody speaks -> Ending, #LegEnded a no_ack, close a, BYE>a, #Ended by system no_ack
    a acks with an answer -> Flow, update a send+receive, play a
    a hangs up -> over, #LegEnded a normal_clearing, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Flow, 200/INFO>a
    a sends a wrong INFO -> Flow, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Flow, 491>a
    a updates -> Flow, 491/UPDATE>a
    router offers -> Flow, ?Refused cancelled, ?LegEnded
    router decides -> Flow, #Decided
    drained -> Ending, #LegEnded a draining, close a, #Ended by system draining
    a refreshes -> Flow, 200/UPDATE>a
    a sends nonsense / b is unreachable / media hears a digit of a / media hears a digit of b -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back / time passes -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b hangs up -> never: nobody is called
    b sends INFO / b offers / b offers no codec / b holds / b asks for an offer / b updates / b refreshes / b refuses -> never: nobody is called
    b acks with an answer / b sends nonsense / b has lost the dialog / b ends -> never: nobody is called
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Flow: after a talk on hold
    a hangs up -> over, #LegEnded a normal_clearing, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Flow, stop a, play a, 200/INFO>a
    a sends a wrong INFO -> Flow, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Flow, 491>a
    a updates -> Flow, 491/UPDATE>a
    a answers -> Flow, update a send, ACK>a, INVITE+sdp>a
    a refuses -> Flow, ACK>a
    a has lost the dialog -> Ending, ACK>a, #LegEnded a unreachable, close a, BYE>a, #Ended by system unreachable
    b hangs up -> Flow, 481/BYE>b
    b sends INFO -> Flow, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Flow, 481>b
    b updates / b refreshes -> Flow, 481/UPDATE>b
    media hears a digit of a -> Ending, stop a, #Digits 1, #LegEnded a normal_clearing, close a, BYE>a, #Ended by agent normal_clearing
    router offers -> Flow, ?Refused cancelled, ?LegEnded
    router decides -> Flow, #Decided
    nobody speaks -> Ending, #LegEnded a unreachable, close a, BYE>a, #Ended by system unreachable
    drained -> Ending, #LegEnded a draining, close a, BYE>a, #Ended by system draining
    a refreshes -> Flow, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b acks with an answer -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / router grants / router revokes / router widens / router tells the place -> nothing
    router gives back / time passes -> nothing
    a cancels -> never: it has its final response
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b refuses -> never: it owes us no answer
    b has lost the dialog / b ends -> never: it owes us no answer
    b sends nonsense -> never: its dialog is gone
    media closes -> never: no stream is closing

Flow: after direct media
    a hangs up -> over, #LegEnded a normal_clearing, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Flow, 200/INFO>a
    a sends a wrong INFO -> Flow, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Flow, 491>a
    a updates -> Flow, 491/UPDATE>a
    a answers -> Flow, update a send+receive, play a, ACK>a
    a has lost the dialog -> Ending, ACK>a, #LegEnded a unreachable, close a, BYE>a, #Ended by system unreachable
    b hangs up -> Flow, 481/BYE>b
    b sends INFO -> Flow, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Flow, 481>b
    b updates / b refreshes -> Flow, 481/UPDATE>b
    media hears a digit of a -> Ending, #Digits 1, #LegEnded a normal_clearing, close a, BYE>a, #Ended by agent normal_clearing
    router offers -> Flow, ?Refused cancelled, ?LegEnded
    router decides -> Flow, #Decided
    nobody speaks -> Ending, play a, #LegEnded a unreachable, close a, BYE>a, #Ended by system unreachable
    drained -> Ending, #LegEnded a draining, close a, BYE>a, #Ended by system draining
    a refreshes -> Flow, update a send+receive, 200/UPDATE>a
    a refuses -> Flow, ACK>a
    a acks / a acks with an answer / a sends nonsense / b is unreachable / media hears a digit of b -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back -> nothing
    // Media has not come home in five seconds: the flow goes on all the same.
    time passes -> Flow, play a
    a cancels -> never: it has its final response
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b refuses -> never: it owes us no answer
    b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    b sends nonsense -> never: its dialog is gone
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Flow: CANCEL is out
    a hangs up -> Ending, #LegEnded a normal_clearing, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Flow, stop a, play a, 200/INFO>a
    a sends a wrong INFO -> Flow, 415/INFO>a
    a offers -> Flow, update a send+receive, 200+sdp>a
    a offers no codec -> Flow, 488>a
    a holds -> Flow, update a receive, 200+sdp>a
    a asks for an offer -> Flow, 200+sdp>a
    a updates -> Flow, update a send+receive, 200/UPDATE+sdp>a
    b answers / b answers without a codec -> Flow, ACK>b, BYE>b
    b is busy / b refuses / b has lost the dialog / b ends -> Flow, ACK>b, ?LegEnded
    b hangs up -> Flow, 200/BYE>b
    media hears a digit of a -> Ending, stop a, #Digits 1, #LegEnded a flow_ended, close a, BYE>a, #Ended by system flow_ended
    router offers -> Flow, ?Refused cancelled, ?LegEnded
    router decides -> Flow, #Decided
    nobody speaks -> Flow, ?LegEnded
    drained -> Ending, #LegEnded a draining, close a, BYE>a, #Ended by system draining
    a refreshes -> Flow, update a send+receive, 200/UPDATE>a
    b sends INFO -> Flow, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Flow, 481>b
    b updates / b refreshes -> Flow, 481/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b rings / b sends early media / b is unreachable -> nothing
    b sends nonsense / media hears a digit of b / media is done with a -> nothing
    media is done with b / media latches a / media latches b / router grants / router revokes -> nothing
    router widens / router tells the place / router gives back / time passes -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
";
