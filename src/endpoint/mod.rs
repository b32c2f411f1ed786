//! What is no call: OPTIONS, strays, 503, and the way of a new INVITE to a call.
