//! Stage Dialling: every deed in every place.

use super::check_stage;

#[test]
fn every_pair_of_stage_dialling() {
    check_stage(TABLE, "Dialling");
}

const TABLE: &str = "
Dialling
    a cancels -> Ending, 200/CANCEL>a, #LegEnded a cancelled, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 487>a, #Ended by caller cancelled
    b rings -> Dialling, #Ringing, 180>a
    b sends early media -> Dialling, update b send+receive, update a send+receive, join, 183+sdp>a
    b answers -> Talking, update b send+receive, join, #Joined, update a send+receive, #Answered, ACK>b, 200+sdp>a
    b answers without a codec -> Ending, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a no_codec, close a, ACK>b, BYE>b, 488>a, #Ended by system no_codec
    b is busy -> over, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, #LegEnded a busy, close a, 486>a, #Ended by system busy
    b is unreachable / time passes / nobody speaks -> over, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, #LegEnded a unreachable, close a, 480>a, #Ended by system unreachable
    b hangs up -> Dialling, 481/BYE>b
    b sends INFO -> Dialling, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Dialling, 481>b
    b updates / b refreshes -> Dialling, 481/UPDATE>b
    b refuses -> over, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a no_codec, close a, 488>a, #Ended by system no_codec
    b has lost the dialog -> over, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, #LegEnded a rejected_481, close a, 481>a, #Ended by system rejected_481
    router offers -> Dialling, ?Refused cancelled, ?LegEnded
    router decides -> Dialling, #Decided
    drained -> Ending, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 503>a, #Ended by system draining
    a sends nonsense / b sends nonsense / media hears a digit of a / media hears a digit of b -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a hangs up / a sends INFO / a sends a wrong INFO / a offers / a offers no codec / a holds -> never: it knows no tag of ours
    a asks for an offer / a updates / a refreshes -> never: it knows no tag of ours
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Dialling: early media
    a cancels -> Ending, 200/CANCEL>a, #LegEnded a cancelled, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 487>a, CANCEL>b, #Ended by caller cancelled
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, 487>a, CANCEL>b, #Ended by caller normal_clearing
    a sends INFO -> Dialling, 200/INFO>a
    a sends a wrong INFO -> Dialling, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Dialling, 500>a
    a updates -> Dialling, 500/UPDATE>a
    b rings -> Dialling, #Ringing
    b sends early media -> Dialling, update b send+receive, join
    b answers -> Talking, update b send+receive, join, #Joined, update a send+receive, #Answered, ACK>b, 200+sdp>a
    b answers without a codec -> Ending, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a no_codec, close a, ACK>b, BYE>b, 488>a, #Ended by system no_codec
    b is busy -> over, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, #LegEnded a busy, close a, 486>a, #Ended by system busy
    b hangs up -> Dialling, 200/BYE>b
    b sends INFO -> Dialling, 200/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Dialling, 491>b
    b updates -> Dialling, 491/UPDATE>b
    b refuses -> over, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a no_codec, close a, 488>a, #Ended by system no_codec
    b has lost the dialog -> over, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, #LegEnded a rejected_481, close a, 481>a, #Ended by system rejected_481
    router offers -> Dialling, ?Refused cancelled, ?LegEnded
    router decides -> Dialling, #Decided
    time passes / nobody speaks -> Ending, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, #LegEnded a no_answer, close a, CANCEL>b, 480>a, #Ended by system no_answer
    drained -> Ending, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 503>a, CANCEL>b, #Ended by system draining
    a refreshes -> Dialling, update a send+receive, 200/UPDATE>a
    b refreshes -> Dialling, update b send+receive, 200/UPDATE>b
    a sends nonsense / b is unreachable / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / router widens / router tells the place / router gives back -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Dialling: in a flow
    a cancels -> Ending, 200/CANCEL>a, #LegEnded a cancelled, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 487>a, CANCEL>b, #Ended by caller cancelled
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, 487>a, CANCEL>b, #Ended by caller normal_clearing
    a sends INFO -> Dialling, 200/INFO>a
    a sends a wrong INFO -> Dialling, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Dialling, 500>a
    a updates -> Dialling, 500/UPDATE>a
    b sends early media -> Dialling, update b send+receive, update a send+receive, join, 183+sdp>a
    b answers -> Talking, update b send+receive, join, #Joined, update a send+receive, #Answered, ACK>b, 200+sdp>a
    b answers without a codec -> Flow, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, update a send+receive, #Answered, play a, ACK>b, BYE>b, 200+sdp>a
    b is busy -> Flow, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, update a send+receive, #Answered, play a, 200+sdp>a
    b hangs up -> Dialling, 200/BYE>b
    b sends INFO -> Dialling, 200/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Dialling, 491>b
    b updates -> Dialling, 491/UPDATE>b
    b refuses -> Flow, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, update a send+receive, #Answered, play a, 200+sdp>a
    b has lost the dialog -> Flow, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, update a send+receive, #Answered, play a, 200+sdp>a
    router offers -> Dialling, ?Refused cancelled, ?LegEnded
    router decides -> Dialling, #Decided
    time passes / nobody speaks -> Flow, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, update a send+receive, #Answered, play a, CANCEL>b, 200+sdp>a
    drained -> Ending, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 503>a, CANCEL>b, #Ended by system draining
    a refreshes -> Dialling, update a receive, 200/UPDATE>a
    b refreshes -> Dialling, 200/UPDATE>b
    a sends nonsense / b rings / b is unreachable / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / router widens / router tells the place / router gives back -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Dialling: not acknowledged
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Dialling, 200/INFO>a
    a sends a wrong INFO -> Dialling, 415/INFO>a
    a offers -> Dialling, update a send+receive, 200+sdp>a
    a offers no codec -> Dialling, 488>a
    a holds -> Dialling, update a receive, 200+sdp>a
    a asks for an offer -> Dialling, 200+sdp>a
    a updates -> Dialling, update a send+receive, 200/UPDATE+sdp>a
    b rings -> Dialling, #Ringing, play a on and on
    b sends early media -> Dialling, update b send+receive, join
    b answers -> Talking, update b send+receive, join, #Joined, ACK>b
    b answers without a codec -> Ending, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a flow_ended, close a, ACK>b, BYE>b, #Ended by system flow_ended
    b is busy -> Ending, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, #LegEnded a flow_ended, close a, #Ended by system flow_ended
    b is unreachable / time passes -> Ending, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, #LegEnded a flow_ended, close a, #Ended by system flow_ended
    b hangs up -> Dialling, 481/BYE>b
    b sends INFO -> Dialling, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Dialling, 481>b
    b updates / b refreshes -> Dialling, 481/UPDATE>b
    b refuses -> Ending, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a flow_ended, close a, #Ended by system flow_ended
    b has lost the dialog -> Ending, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, #LegEnded a flow_ended, close a, #Ended by system flow_ended
    router offers -> Dialling, ?Refused cancelled, ?LegEnded
    router decides -> Dialling, #Decided
    nobody speaks -> Ending, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, #LegEnded a flow_ended, close a, #Ended by system flow_ended, BYE>a
    drained -> Ending, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, #Ended by system draining
    a refreshes -> Dialling, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / router grants / router revokes / router widens / router tells the place -> nothing
    router gives back -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Dialling: after a talk on hold
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Dialling, 200/INFO>a
    a sends a wrong INFO -> Dialling, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Dialling, 491>a
    a updates -> Dialling, 491/UPDATE>a
    a answers -> Dialling, update a send, ACK>a, INVITE+sdp>a
    a refuses -> Dialling, ACK>a
    a has lost the dialog -> Ending, ACK>a, #LegEnded a unreachable, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, BYE>a, #Ended by system unreachable
    b rings -> Dialling, #Ringing, play a on and on
    b sends early media -> Dialling, update b send+receive, join
    b answers -> Talking, update b send+receive, join, #Joined, ACK>b
    b answers without a codec -> Ending, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a flow_ended, close a, ACK>b, BYE>b, BYE>a, #Ended by system flow_ended
    b is busy -> Ending, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, #LegEnded a flow_ended, close a, BYE>a, #Ended by system flow_ended
    b is unreachable / time passes / nobody speaks -> Ending, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, #LegEnded a flow_ended, close a, BYE>a, #Ended by system flow_ended
    b hangs up -> Dialling, 481/BYE>b
    b sends INFO -> Dialling, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Dialling, 481>b
    b updates / b refreshes -> Dialling, 481/UPDATE>b
    b refuses -> Ending, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a flow_ended, close a, BYE>a, #Ended by system flow_ended
    b has lost the dialog -> Ending, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, #LegEnded a flow_ended, close a, BYE>a, #Ended by system flow_ended
    router offers -> Dialling, ?Refused cancelled, ?LegEnded
    router decides -> Dialling, #Decided
    drained -> Ending, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, BYE>a, #Ended by system draining
    a refreshes -> Dialling, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b acks with an answer / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with a / media is done with b -> nothing
    media latches a / media latches b / router grants / router revokes / router widens -> nothing
    router tells the place / router gives back -> nothing
    a cancels -> never: it has its final response
    b ends -> never: it owes us no answer
    media closes -> never: no stream is closing

Dialling: a CANCEL is out
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a
    a sends INFO -> Dialling, 200/INFO>a
    a sends a wrong INFO -> Dialling, 415/INFO>a
    a offers -> Dialling, update a send+receive, 200+sdp>a
    a offers no codec -> Dialling, 488>a
    a holds -> Dialling, update a receive, 200+sdp>a
    a asks for an offer -> Dialling, 200+sdp>a
    a updates -> Dialling, update a send+receive, 200/UPDATE+sdp>a
    b rings -> Dialling, #Ringing, play a on and on
    b sends early media -> Dialling, update b send+receive, join
    b answers -> Talking, update b send+receive, join, #Joined, ACK>b
    b answers without a codec -> Ending, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a flow_ended, close a, ACK>b, BYE>b, BYE>a
    b is busy -> Ending, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, #LegEnded a flow_ended, close a, BYE>a
    b is unreachable -> Ending, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, #LegEnded a flow_ended, close a, BYE>a
    b hangs up -> Dialling, 481/BYE>b
    b sends INFO -> Dialling, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Dialling, 481>b
    b updates / b refreshes -> Dialling, 481/UPDATE>b
    b refuses -> Ending, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #LegEnded a flow_ended, close a, BYE>a
    b has lost the dialog -> Ending, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, #LegEnded a flow_ended, close a, BYE>a
    b ends -> Dialling, ACK>b, ?LegEnded
    router offers -> Dialling, ?Refused cancelled, ?LegEnded
    router decides -> Dialling, #Decided
    time passes -> Ending, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, #LegEnded a flow_ended, close a, BYE>a, #Ended by system flow_ended
    nobody speaks -> Ending, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, #LegEnded a flow_ended, close a, BYE>a, #Ended by system flow_ended, ?LegEnded
    drained -> Ending, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, BYE>a
    a refreshes -> Dialling, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / media closes / router grants / router revokes / router widens -> nothing
    router tells the place / router gives back -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx

Dialling: late offer, not a word
    a cancels -> Ending, 200/CANCEL>a, #LegEnded a cancelled, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 487>a, #Ended by caller cancelled
    b rings -> Dialling, #Ringing, 180>a
    // The caller cannot hear it, so its own phone rings.
    b sends early media -> Dialling, update b send+receive, 180>a
    b answers -> Talking, update b send+receive, join, #Joined, #Answered, ACK>b, 200+sdp>a
    b answers without a codec -> Flow, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #Answered, ACK>b, BYE>b, 200+sdp>a
    b is busy -> Flow, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, #Answered, 200+sdp>a
    b is unreachable / time passes / nobody speaks -> Flow, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, #Answered, 200+sdp>a
    b hangs up -> Dialling, 481/BYE>b
    b sends INFO -> Dialling, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Dialling, 481>b
    b updates / b refreshes -> Dialling, 481/UPDATE>b
    b refuses -> Flow, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #Answered, 200+sdp>a
    b has lost the dialog -> Flow, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, #Answered, 200+sdp>a
    router offers -> Dialling, ?Refused cancelled, ?LegEnded
    router decides -> Dialling, #Decided
    drained -> Ending, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 503>a, #Ended by system draining
    a sends nonsense / b sends nonsense / media hears a digit of a / media hears a digit of b -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / router gives back -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a hangs up / a sends INFO / a sends a wrong INFO / a offers / a offers no codec / a holds -> never: it knows no tag of ours
    a asks for an offer / a updates / a refreshes -> never: it knows no tag of ours
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Dialling: late offer
    a cancels -> Ending, 200/CANCEL>a, #LegEnded a cancelled, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 487>a, CANCEL>b, #Ended by caller cancelled
    a hangs up -> Ending, #LegEnded a normal_clearing, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, 487>a, CANCEL>b, #Ended by caller normal_clearing
    a sends INFO -> Dialling, 200/INFO>a
    a sends a wrong INFO -> Dialling, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Dialling, 500>a
    a updates -> Dialling, 500/UPDATE>a
    b sends early media -> Dialling, update b send+receive
    b answers -> Talking, update b send+receive, join, #Joined, #Answered, ACK>b, 200+sdp>a
    b answers without a codec -> Flow, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #Answered, ACK>b, BYE>b, 200+sdp>a
    b is busy -> Flow, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, #Answered, 200+sdp>a
    b hangs up -> Dialling, 200/BYE>b
    b sends INFO -> Dialling, 200/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Dialling, 491>b
    b updates -> Dialling, 491/UPDATE>b
    b refuses -> Flow, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, #Answered, 200+sdp>a
    b has lost the dialog -> Flow, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, #Answered, 200+sdp>a
    router offers -> Dialling, ?Refused cancelled, ?LegEnded
    router decides -> Dialling, #Decided
    time passes / nobody speaks -> Flow, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, #Answered, CANCEL>b, 200+sdp>a
    drained -> Ending, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 503>a, CANCEL>b, #Ended by system draining
    a refreshes -> Dialling, 200/UPDATE>a
    b refreshes -> Dialling, 200/UPDATE>b
    a sends nonsense / b rings / b is unreachable / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / router widens / router tells the place / router gives back -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered
";
