//! Stage Ending: every deed in every place.

use super::check_stage;

#[test]
fn every_pair_of_stage_ending() {
    check_stage(TABLE, "Ending");
}

const TABLE: &str = "
Ending: a hung up
    a hangs up -> Ending, 481/BYE>a
    a sends INFO / a sends a wrong INFO -> Ending, 481/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Ending, 481>a
    a updates / a refreshes -> Ending, 481/UPDATE>a
    b is unreachable / b ends -> Ending, ?LegEnded
    // Both at once.
    b hangs up -> Ending, ?LegEnded, 200/BYE>b
    b sends INFO -> Ending, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Ending, 481>b
    b updates / b refreshes -> Ending, 481/UPDATE>b
    media closes / time passes -> Ending, #Ended by caller normal_clearing
    router offers -> Ending, ?Refused cancelled, ?LegEnded
    router decides -> Ending, #Decided
    nobody speaks -> over, #Ended by caller normal_clearing, ?LegEnded
    a acks / a acks with an answer / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / router grants / router revokes / router widens / router tells the place -> nothing
    router gives back / drained -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog -> never: it owes us no answer
    a sends nonsense -> never: its dialog is gone
    b acks with an answer -> never: we sent it no offer in a 2xx

Ending: drained
    a hangs up -> Ending, 200/BYE>a
    a sends INFO / a sends a wrong INFO -> Ending, 481/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Ending, 481>a
    a updates / a refreshes -> Ending, 481/UPDATE>a
    a answers / a refuses / a has lost the dialog -> Ending, ACK>a
    b hangs up -> Ending, ?LegEnded, 200/BYE>b
    b sends INFO -> Ending, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Ending, 481>b
    b updates / b refreshes -> Ending, 481/UPDATE>b
    b acks with an answer -> Ending, BYE>b
    media closes / time passes -> Ending, #Ended by system draining
    router offers -> Ending, ?Refused cancelled, ?LegEnded
    router decides -> Ending, #Decided
    nobody speaks -> Ending, #Ended by system draining, BYE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with a / media is done with b -> nothing
    media latches a / media latches b / router grants / router revokes / router widens -> nothing
    router tells the place / router gives back / drained -> nothing
    a cancels -> never: it has its final response
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b refuses -> never: it owes us no answer
    b has lost the dialog / b ends -> never: it owes us no answer

Ending: drained before the ACK
    a acks / a acks with an answer -> Ending, BYE>a
    a hangs up -> Ending, 200/BYE>a
    a sends INFO / a sends a wrong INFO -> Ending, 481/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Ending, 481>a
    a updates / a refreshes -> Ending, 481/UPDATE>a
    b answers / b answers without a codec -> Ending, ACK>b, BYE>b
    b is busy / b refuses / b has lost the dialog / b ends -> Ending, ACK>b, ?LegEnded
    b hangs up -> Ending, 200/BYE>b
    media closes / time passes -> Ending, #Ended by system draining
    router offers -> Ending, ?Refused cancelled, ?LegEnded
    router decides -> Ending, #Decided
    nobody speaks -> Ending, #Ended by system draining, ?LegEnded, BYE>a
    b sends INFO -> Ending, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Ending, 481>b
    b updates / b refreshes -> Ending, 481/UPDATE>b
    a sends nonsense / b rings / b sends early media / b is unreachable -> nothing
    b sends nonsense / media hears a digit of a / media hears a digit of b / media is done with a -> nothing
    media is done with b / media latches a / media latches b / router grants / router revokes -> nothing
    router widens / router tells the place / router gives back / drained -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx

Ending: cancelled
    a hangs up -> Ending, 481/BYE>a
    a sends INFO / a sends a wrong INFO -> Ending, 481/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Ending, 481>a
    a updates / a refreshes -> Ending, 481/UPDATE>a
    b answers / b answers without a codec -> Ending, ACK>b, BYE>b
    b is busy / b refuses / b has lost the dialog / b ends -> Ending, ACK>b
    b hangs up -> Ending, 200/BYE>b
    media closes / time passes -> Ending, #Ended by caller cancelled
    router offers -> Ending, ?Refused cancelled, ?LegEnded
    router decides -> Ending, #Decided
    nobody speaks -> over, #Ended by caller cancelled
    b sends INFO -> Ending, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Ending, 481>b
    b updates / b refreshes -> Ending, 481/UPDATE>b
    b rings / b sends early media / b is unreachable / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with a / media is done with b -> nothing
    media latches a / media latches b / router widens / router tells the place / router gives back -> nothing
    drained -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    a sends nonsense -> never: its dialog is gone
    b acks with an answer -> never: we sent it no offer in a 2xx
    router grants / router revokes -> never: no lease was offered

Ending: cancelled in the queue
    a hangs up -> Ending, 481/BYE>a
    a sends INFO / a sends a wrong INFO -> Ending, 481/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Ending, 481>a
    a updates / a refreshes -> Ending, 481/UPDATE>a
    b is unreachable / b ends / nobody speaks -> over, ?LegEnded
    b hangs up -> over, ?LegEnded, 200/BYE>b
    b sends INFO -> Ending, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Ending, 481>b
    b updates / b refreshes -> Ending, 481/UPDATE>b
    router offers -> Ending, ?Refused cancelled, ?LegEnded
    b sends nonsense / media hears a digit of a / media hears a digit of b / media is done with a -> nothing
    media is done with b / media latches a / media latches b / router grants / router revokes -> nothing
    router widens / router tells the place / router gives back / router decides / time passes / drained -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog -> never: it owes us no answer
    a sends nonsense -> never: its dialog is gone
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Ending: refused
    a hangs up -> Ending, 481/BYE>a
    a sends INFO / a sends a wrong INFO -> Ending, 481/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Ending, 481>a
    a updates / a refreshes -> Ending, 481/UPDATE>a
    media closes / time passes / nobody speaks -> over, #Ended by system flow_ended
    router offers -> Ending, ?Refused cancelled, ?LegEnded
    router decides -> Ending, #Decided
    b is unreachable / media hears a digit of a / media hears a digit of b / media is done with a -> nothing
    media is done with b / media latches a / media latches b / router widens / router tells the place -> nothing
    router gives back / drained -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    a sends nonsense -> never: its dialog is gone
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b hangs up -> never: nobody is called
    b sends INFO / b offers / b offers no codec / b holds / b asks for an offer / b updates / b refreshes / b refuses -> never: nobody is called
    b acks with an answer / b sends nonsense / b has lost the dialog / b ends -> never: nobody is called
    router grants / router revokes -> never: no lease was offered

Ending: posted without figures
    a hangs up -> Ending, 481/BYE>a
    a sends INFO / a sends a wrong INFO -> Ending, 481/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Ending, 481>a
    a updates / a refreshes -> Ending, 481/UPDATE>a
    b is unreachable / b ends / nobody speaks -> over, ?LegEnded
    b hangs up -> over, ?LegEnded, 200/BYE>b
    b sends INFO -> Ending, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Ending, 481>b
    b updates / b refreshes -> Ending, 481/UPDATE>b
    router offers -> Ending, ?Refused cancelled, ?LegEnded
    a acks / a acks with an answer / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / media closes / router grants / router revokes / router widens -> nothing
    router tells the place / router gives back / router decides / time passes / drained -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog -> never: it owes us no answer
    a sends nonsense -> never: its dialog is gone
    b acks with an answer -> never: we sent it no offer in a 2xx

Ending: posted
    a hangs up -> Ending, 481/BYE>a
    a sends INFO / a sends a wrong INFO -> Ending, 481/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Ending, 481>a
    a updates / a refreshes -> Ending, 481/UPDATE>a
    b answers / b answers without a codec -> Ending, ACK>b, BYE>b
    b is busy / b refuses / b has lost the dialog / b ends -> over, ACK>b
    b hangs up -> Ending, 200/BYE>b
    router offers -> Ending, ?Refused cancelled, ?LegEnded
    nobody speaks -> over
    b sends INFO -> Ending, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Ending, 481>b
    b updates / b refreshes -> Ending, 481/UPDATE>b
    b rings / b sends early media / b is unreachable / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with a / media is done with b -> nothing
    media latches a / media latches b / router widens / router tells the place / router gives back -> nothing
    router decides / time passes / drained -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    a sends nonsense -> never: its dialog is gone
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered
";
