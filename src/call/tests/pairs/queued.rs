//! Stage Queued: every deed in every place.

use super::check_stage;

#[test]
fn every_pair_of_stage_queued() {
    check_stage(TABLE, "Queued");
}

const TABLE: &str = "
Queued
    a hangs up -> over, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    router tells the place / time passes -> Queued, play a
    router gives back -> Flow, #Dequeued overflow, stop a, play a
    router decides -> Queued, #Decided
    nobody speaks -> Queued, play a, play a, play a
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, close a, BYE>a, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b is unreachable / media hears a digit of a -> nothing
    media hears a digit of b / media is done with b / media latches a / media latches b / router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b hangs up -> never: nobody is called
    b sends INFO / b offers / b offers no codec / b holds / b asks for an offer / b updates / b refreshes / b refuses -> never: nobody is called
    b acks with an answer / b sends nonsense / b has lost the dialog / b ends -> never: nobody is called
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Queued: a leg without a word
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    b rings -> Queued, #Ringing
    b sends early media -> Queued, update b send+receive, stop a, join
    b answers -> Queued, update b send+receive, ?Accepted, ACK>b
    b answers without a codec -> Queued, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ACK>b, BYE>b
    b is busy -> Queued, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, ?Refused busy, ?LegEnded
    b is unreachable -> Queued, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, ?Refused unreachable, ?LegEnded
    b hangs up -> Queued, 481/BYE>b
    b sends INFO -> Queued, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 481>b
    b updates / b refreshes -> Queued, 481/UPDATE>b
    b refuses -> Queued, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ?LegEnded
    b has lost the dialog -> Queued, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, ?Refused rejected_481, ?LegEnded
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Queued, ?Enqueue
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b
    router tells the place -> Queued, play a
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, stop a, play a
    router decides -> Queued, #Decided
    time passes -> Queued, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, ?Refused unreachable, ?LegEnded, play a
    nobody speaks -> Queued, #LegEnded b unreachable, #OfferEnded unreachable, part b, close b, ?Refused unreachable, ?LegEnded, play a, play a, play a
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, BYE>a, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with b / media latches a / media latches b / router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Queued: it rings
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, CANCEL>b, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    b sends early media -> Queued, update b send+receive, stop a, join
    b answers -> Queued, update b send+receive, ?Accepted, ACK>b
    b answers without a codec -> Queued, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ACK>b, BYE>b
    b is busy -> Queued, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, ?Refused busy, ?LegEnded
    // A BYE in an early dialog is a phone's fault (RFC 3261 §15): it rings on until its time is up.
    b hangs up -> Queued, 200/BYE>b
    b sends INFO -> Queued, 200/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 491>b
    b updates -> Queued, 491/UPDATE>b
    b refuses -> Queued, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ?LegEnded
    b has lost the dialog -> Queued, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, ?Refused rejected_481, ?LegEnded
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Queued, ?Enqueue
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, CANCEL>b
    router tells the place -> Queued, play a
    // The router revokes first; were it to forget, no phone rings on.
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, stop a, play a, CANCEL>b
    router decides -> Queued, #Decided
    time passes -> Queued, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, ?Refused no_answer, play a, CANCEL>b
    nobody speaks -> Queued, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, ?Refused no_answer, play a, CANCEL>b, play a, play a
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, BYE>a, CANCEL>b, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    b refreshes -> Queued, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b rings / b is unreachable / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with b / media latches a -> nothing
    media latches b / router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Queued: early media
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, CANCEL>b, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    b rings -> Queued, #Ringing
    b sends early media -> Queued, update b send+receive, join
    b answers -> Queued, update b send+receive, ?Accepted, ACK>b
    b answers without a codec -> Queued, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, play a on and on, ?Refused no_codec, ACK>b, BYE>b
    b is busy -> Queued, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, play a on and on, ?Refused busy, ?LegEnded
    b hangs up -> Queued, 200/BYE>b
    b sends INFO -> Queued, 200/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 491>b
    b updates -> Queued, 491/UPDATE>b
    b refuses -> Queued, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, play a on and on, ?Refused no_codec, ?LegEnded
    b has lost the dialog -> Queued, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, play a on and on, ?Refused rejected_481, ?LegEnded
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Queued, ?Enqueue
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, play a on and on, CANCEL>b
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, play a, CANCEL>b
    router decides -> Queued, #Decided
    time passes -> Queued, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, play a on and on, ?Refused no_answer, play a, CANCEL>b
    nobody speaks -> Queued, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, play a on and on, ?Refused no_answer, play a, CANCEL>b, play a, play a
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, BYE>a, CANCEL>b, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    b refreshes -> Queued, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with a / media is done with b -> nothing
    media latches a / media latches b / router widens / router tells the place -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Queued: answered
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b normal_clearing, #OfferEnded normal_clearing, close a, close b, 200/BYE>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    // The grant is on its way and finds nobody: see the place `answered and gone`.
    b hangs up -> Queued, #LegEnded b normal_clearing, #OfferEnded normal_clearing, part b, close b, ?LegEnded, 200/BYE>b
    b sends INFO -> Queued, 200/INFO>b
    b offers -> Queued, update b send+receive, 200+sdp>b
    b offers no codec -> Queued, 488>b
    b holds -> Queued, update b receive, 200+sdp>b
    b asks for an offer -> Queued, 200+sdp>b
    b updates -> Queued, update b send+receive, 200/UPDATE+sdp>b
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Talking, stop a, join, #Joined
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, BYE>b
    router tells the place / time passes -> Queued, play a
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, stop a, play a, BYE>b
    router decides -> Queued, #Decided
    nobody speaks -> Queued, play a, play a, play a
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b normal_clearing, #OfferEnded normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    b refreshes -> Queued, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with b / media latches a -> nothing
    media latches b / router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Queued: early media, answered
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b normal_clearing, #OfferEnded normal_clearing, close a, close b, 200/BYE>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    // The music stopped for the early media, so it begins again.
    b hangs up -> Queued, #LegEnded b normal_clearing, #OfferEnded normal_clearing, part b, close b, play a on and on, ?LegEnded, 200/BYE>b
    b sends INFO -> Queued, 200/INFO>b
    b offers -> Queued, update b send+receive, 200+sdp>b
    b offers no codec -> Queued, 488>b
    b holds -> Queued, update b receive, 200+sdp>b
    b asks for an offer -> Queued, 200+sdp>b
    b updates -> Queued, update b send+receive, 200/UPDATE+sdp>b
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Talking, join, #Joined
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, play a on and on, BYE>b
    router tells the place / time passes -> Queued, play a
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, play a, BYE>b
    router decides -> Queued, #Decided
    nobody speaks -> Queued, play a, play a, play a
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b normal_clearing, #OfferEnded normal_clearing, close a, close b, BYE>a, BYE>b, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    b refreshes -> Queued, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with a / media is done with b -> nothing
    media latches a / media latches b / router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Queued: answered, our offer is out
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b normal_clearing, #OfferEnded normal_clearing, close a, close b, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    b hangs up -> Queued, #LegEnded b normal_clearing, #OfferEnded normal_clearing, part b, close b, ?LegEnded, 200/BYE>b
    b sends INFO -> Queued, 200/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 491>b
    b updates -> Queued, 491/UPDATE>b
    b acks with an answer -> Queued, update b send+receive
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Talking, stop a, join, #Joined
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b
    router tells the place / time passes -> Queued, play a
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, stop a, play a
    router decides -> Queued, #Decided
    nobody speaks -> Queued, play a, play a, play a, #LegEnded b no_ack, #OfferEnded no_ack, part b, close b, BYE>b
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b normal_clearing, #OfferEnded normal_clearing, close a, close b, BYE>a, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    b refreshes -> Queued, update b send+receive, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with b / media latches a -> nothing
    media latches b / router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    media closes -> never: no stream is closing

Queued: after a talk on hold
    a hangs up -> over, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Queued, 491>a
    a updates -> Queued, 491/UPDATE>a
    a answers -> Queued, update a send, ACK>a, INVITE+sdp>a
    a refuses -> Queued, ACK>a
    a has lost the dialog -> Ending, ACK>a, #LegEnded a unreachable, #Dequeued abandoned, ?Gone, close a, BYE>a, #Ended by system unreachable
    b hangs up -> Queued, 481/BYE>b
    b sends INFO -> Queued, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 481>b
    b updates / b refreshes -> Queued, 481/UPDATE>b
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Queued, ?Enqueue
    router tells the place / time passes -> Queued, play a
    router gives back -> Ending, #Dequeued overflow, stop a, #LegEnded a flow_ended, close a, BYE>a, #Ended by system flow_ended
    router decides -> Queued, #Decided
    nobody speaks -> Ending, play a, play a, play a, #LegEnded a unreachable, #Dequeued abandoned, ?Gone, close a, BYE>a, #Ended by system unreachable
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, close a, BYE>a, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b is unreachable / b acks with an answer -> nothing
    media hears a digit of a / media hears a digit of b / media is done with b / media latches a -> nothing
    media latches b / router revokes / router widens -> nothing
    a cancels -> never: it has its final response
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b refuses -> never: it owes us no answer
    b has lost the dialog / b ends -> never: it owes us no answer
    b sends nonsense -> never: its dialog is gone
    media closes -> never: no stream is closing

Queued: not acknowledged
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, CANCEL>b, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    b sends early media -> Queued, update b send+receive, stop a, join
    b answers -> Queued, update b send+receive, ?Accepted, ACK>b
    b answers without a codec -> Queued, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ACK>b, BYE>b
    b is busy -> Queued, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, ?Refused busy, ?LegEnded
    b hangs up -> Queued, 200/BYE>b
    b sends INFO -> Queued, 200/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 491>b
    b updates -> Queued, 491/UPDATE>b
    b refuses -> Queued, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ?LegEnded
    b has lost the dialog -> Queued, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, ?Refused rejected_481, ?LegEnded
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Queued, ?Enqueue
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, CANCEL>b
    router tells the place -> Queued, play a
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, stop a, play a, CANCEL>b
    router decides -> Queued, #Decided
    time passes -> Queued, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, ?Refused no_answer, play a, CANCEL>b
    nobody speaks -> Ending, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, ?Refused no_answer, play a, CANCEL>b, play a, play a, #LegEnded a no_ack, #Dequeued abandoned, ?Gone, close a, BYE>a, #Ended by system no_ack
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, CANCEL>b, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    b refreshes -> Queued, 200/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b rings / b is unreachable / b sends nonsense -> nothing
    media hears a digit of a / media hears a digit of b / media is done with b / media latches a -> nothing
    media latches b / router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Queued: refused
    a hangs up -> over, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    b hangs up -> Queued, 481/BYE>b
    b sends INFO -> Queued, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 481>b
    b updates / b refreshes -> Queued, 481/UPDATE>b
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Queued, ?Enqueue
    router tells the place / time passes -> Queued, play a
    router gives back -> Flow, #Dequeued overflow, stop a, play a
    router decides -> Queued, #Decided
    nobody speaks -> Queued, play a, play a, play a
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, close a, BYE>a, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b is unreachable / media hears a digit of a -> nothing
    media hears a digit of b / media is done with b / media latches a / media latches b / router revokes -> nothing
    router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    b sends nonsense -> never: its dialog is gone
    media closes -> never: no stream is closing

Queued: CANCEL is out
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    b answers / b answers without a codec -> Queued, ACK>b, BYE>b
    b is busy / b refuses / b has lost the dialog / b ends -> Queued, ACK>b, ?LegEnded
    b hangs up -> Queued, 200/BYE>b
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Queued, ?Enqueue
    router tells the place / time passes -> Queued, play a
    router gives back -> Flow, #Dequeued overflow, stop a, play a
    router decides -> Queued, #Decided
    nobody speaks -> Queued, play a, play a, play a, ?LegEnded
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, close a, BYE>a, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    b sends INFO -> Queued, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 481>b
    b updates / b refreshes -> Queued, 481/UPDATE>b
    a acks / a acks with an answer / a sends nonsense / b rings / b sends early media / b is unreachable -> nothing
    b sends nonsense / media hears a digit of a / media hears a digit of b -> nothing
    media is done with b / media latches a / media latches b / router revokes / router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Queued: answered and gone
    a hangs up -> over, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, close a, 200/BYE>a, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers -> Queued, update a send+receive, 200+sdp>a
    a offers no codec -> Queued, 488>a
    a holds -> Queued, update a receive, 200+sdp>a
    a asks for an offer -> Queued, 200+sdp>a
    a updates -> Queued, update a send+receive, 200/UPDATE+sdp>a
    b hangs up -> Queued, 481/BYE>b
    b sends INFO -> Queued, 481/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 481>b
    b updates / b refreshes -> Queued, 481/UPDATE>b
    media is done with a -> Queued, play a on and on
    router offers -> Queued, #Offered, INVITE+sdp>b
    // The router took the caller out of its queue for an agent who is gone.
    router grants -> Queued, ?Enqueue
    router tells the place / time passes -> Queued, play a
    router gives back -> Flow, #Dequeued overflow, stop a, play a
    router decides -> Queued, #Decided
    nobody speaks -> Queued, play a, play a, play a
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, close a, BYE>a, #Ended by system draining
    a refreshes -> Queued, update a send+receive, 200/UPDATE>a
    a acks / a acks with an answer / a sends nonsense / b is unreachable / media hears a digit of a -> nothing
    media hears a digit of b / media is done with b / media latches a / media latches b / router revokes -> nothing
    router widens -> nothing
    a cancels -> never: it has its final response
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    b sends nonsense -> never: its dialog is gone
    media closes -> never: no stream is closing

Queued: unanswered
    a cancels -> over, 200/CANCEL>a, #LegEnded a cancelled, #Dequeued abandoned, ?Gone, close a, 487>a, #Ended by caller cancelled
    a hangs up -> over, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, close a, 200/BYE>a, 487>a, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Queued, 500>a
    a updates -> Queued, 500/UPDATE>a
    router offers -> Queued, #Offered, INVITE+sdp>b
    router gives back -> Flow, #Dequeued overflow, update a send+receive, #Answered, play a, 200+sdp>a
    router decides -> Queued, #Decided
    drained -> over, #Dequeued abandoned, ?Gone, #LegEnded a draining, close a, 503>a, #Ended by system draining
    a refreshes -> Queued, update a receive, 200/UPDATE>a
    a sends nonsense / b is unreachable / media hears a digit of a / media hears a digit of b -> nothing
    media is done with a / media is done with b / media latches a / media latches b / router widens -> nothing
    router tells the place / time passes / nobody speaks -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a answers / a refuses / a has lost the dialog -> never: it owes us no answer
    b rings / b sends early media / b answers / b answers without a codec / b is busy / b hangs up -> never: nobody is called
    b sends INFO / b offers / b offers no codec / b holds / b asks for an offer / b updates / b refreshes / b refuses -> never: nobody is called
    b acks with an answer / b sends nonsense / b has lost the dialog / b ends -> never: nobody is called
    media closes -> never: no stream is closing
    router grants / router revokes -> never: no lease was offered

Queued: unanswered, it rings
    a cancels -> Ending, 200/CANCEL>a, #LegEnded a cancelled, #Dequeued abandoned, ?Gone, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 487>a, CANCEL>b, #Ended by caller cancelled
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, 487>a, CANCEL>b, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Queued, 500>a
    a updates -> Queued, 500/UPDATE>a
    b sends early media -> Queued, update b send+receive, update a send+receive, join, 183+sdp>a
    b answers -> Queued, update b send+receive, ?Accepted, ACK>b
    b answers without a codec -> Queued, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ACK>b, BYE>b
    b is busy -> Queued, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, ?Refused busy, ?LegEnded
    b hangs up -> Queued, 200/BYE>b
    b sends INFO -> Queued, 200/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 491>b
    b updates -> Queued, 491/UPDATE>b
    b refuses -> Queued, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ?LegEnded
    b has lost the dialog -> Queued, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, ?Refused rejected_481, ?LegEnded
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Queued, ?Enqueue
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, CANCEL>b
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, update a send+receive, #Answered, play a, CANCEL>b, 200+sdp>a
    router decides -> Queued, #Decided
    time passes / nobody speaks -> Queued, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, ?Refused no_answer, CANCEL>b
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 503>a, CANCEL>b, #Ended by system draining
    a refreshes -> Queued, update a receive, 200/UPDATE>a
    b refreshes -> Queued, 200/UPDATE>b
    a sends nonsense / b rings / b is unreachable / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / router widens / router tells the place -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Queued: unanswered, answered
    a cancels -> Ending, 200/CANCEL>a, #LegEnded a cancelled, #Dequeued abandoned, ?Gone, #LegEnded b normal_clearing, #OfferEnded normal_clearing, close a, close b, 487>a, BYE>b, #Ended by caller cancelled
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b normal_clearing, #OfferEnded normal_clearing, close a, close b, 200/BYE>a, 487>a, BYE>b, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Queued, 500>a
    a updates -> Queued, 500/UPDATE>a
    b hangs up -> Queued, #LegEnded b normal_clearing, #OfferEnded normal_clearing, part b, close b, ?LegEnded, 200/BYE>b
    b sends INFO -> Queued, 200/INFO>b
    b offers -> Queued, update b send+receive, 200+sdp>b
    b offers no codec -> Queued, 488>b
    b holds -> Queued, update b receive, 200+sdp>b
    b asks for an offer -> Queued, 200+sdp>b
    b updates -> Queued, update b send+receive, 200/UPDATE+sdp>b
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Talking, join, #Joined, update a send+receive, #Answered, 200+sdp>a
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, BYE>b
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, update a send+receive, #Answered, play a, BYE>b, 200+sdp>a
    router decides -> Queued, #Decided
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b normal_clearing, #OfferEnded normal_clearing, close a, close b, 503>a, BYE>b, #Ended by system draining
    a refreshes -> Queued, update a receive, 200/UPDATE>a
    b refreshes -> Queued, update b send+receive, 200/UPDATE>b
    a sends nonsense / b is unreachable / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / router widens / router tells the place / time passes / nobody speaks -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a answers / a refuses / a has lost the dialog / b rings / b sends early media / b answers -> never: it owes us no answer
    b answers without a codec / b is busy / b refuses / b has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing

Queued: late offer, it rings
    a cancels -> Ending, 200/CANCEL>a, #LegEnded a cancelled, #Dequeued abandoned, ?Gone, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 487>a, CANCEL>b, #Ended by caller cancelled
    a hangs up -> Ending, #LegEnded a normal_clearing, #Dequeued abandoned, ?Gone, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 200/BYE>a, 487>a, CANCEL>b, #Ended by caller normal_clearing
    a sends INFO -> Queued, 200/INFO>a
    a sends a wrong INFO -> Queued, 415/INFO>a
    a offers / a offers no codec / a holds / a asks for an offer -> Queued, 500>a
    a updates -> Queued, 500/UPDATE>a
    b sends early media -> Queued, update b send+receive
    b answers -> Queued, update b send+receive, ?Accepted, ACK>b
    b answers without a codec -> Queued, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ACK>b, BYE>b
    b is busy -> Queued, ACK>b, #LegEnded b busy, #OfferEnded busy, part b, close b, ?Refused busy, ?LegEnded
    b hangs up -> Queued, 200/BYE>b
    b sends INFO -> Queued, 200/INFO>b
    b offers / b offers no codec / b holds / b asks for an offer -> Queued, 491>b
    b updates -> Queued, 491/UPDATE>b
    b refuses -> Queued, ACK>b, #LegEnded b no_codec, #OfferEnded no_codec, part b, close b, ?Refused no_codec, ?LegEnded
    b has lost the dialog -> Queued, ACK>b, #LegEnded b rejected_481, #OfferEnded rejected_481, part b, close b, ?Refused rejected_481, ?LegEnded
    router offers -> Queued, #Offered, INVITE+sdp>b
    router grants -> Queued, ?Enqueue
    router revokes -> Queued, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, CANCEL>b
    router gives back -> Flow, #Dequeued overflow, #LegEnded b completed_elsewhere, #OfferEnded completed_elsewhere, part b, close b, #Answered, CANCEL>b, 200+sdp>a
    router decides -> Queued, #Decided
    time passes / nobody speaks -> Queued, #LegEnded b no_answer, #OfferEnded no_answer, part b, close b, ?Refused no_answer, CANCEL>b
    drained -> Ending, #Dequeued abandoned, ?Gone, #LegEnded a draining, #LegEnded b cancelled, #OfferEnded cancelled, close a, close b, 503>a, CANCEL>b, #Ended by system draining
    a refreshes -> Queued, 200/UPDATE>a
    b refreshes -> Queued, 200/UPDATE>b
    a sends nonsense / b rings / b is unreachable / b sends nonsense / media hears a digit of a -> nothing
    media hears a digit of b / media is done with a / media is done with b / media latches a -> nothing
    media latches b / router widens / router tells the place -> nothing
    a acks / a acks with an answer -> never: it has no 2xx
    a answers / a refuses / a has lost the dialog / b ends -> never: it owes us no answer
    b acks with an answer -> never: we sent it no offer in a 2xx
    media closes -> never: no stream is closing
";
