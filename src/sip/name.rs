//! Header field names that we look at, with their compact forms.

/// A header we have a word for; all others are [`Name::Other`] and found by text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the header field of that name")]
pub enum Name {
    Accept,
    AlertInfo,
    Allow,
    Authorization,
    CallId,
    CallInfo,
    Contact,
    ContentDisposition,
    ContentEncoding,
    ContentLength,
    ContentType,
    CSeq,
    Date,
    Diversion,
    ErrorInfo,
    Event,
    Expires,
    From,
    HistoryInfo,
    InfoPackage,
    MaxForwards,
    MinExpires,
    MinSe,
    PAssertedIdentity,
    PCalledPartyId,
    PPreferredIdentity,
    Path,
    Privacy,
    ProxyAuthenticate,
    ProxyAuthorization,
    ProxyRequire,
    RAck,
    RSeq,
    Reason,
    RecordRoute,
    RecvInfo,
    ReferTo,
    ReferredBy,
    RemotePartyId,
    Replaces,
    Require,
    RetryAfter,
    Route,
    Server,
    SessionExpires,
    Subject,
    Supported,
    Timestamp,
    To,
    Unsupported,
    UserAgent,
    UserToUser,
    Via,
    Warning,
    WwwAuthenticate,
    Other,
}

impl Name {
    /// Reads a field name in any case, long or compact (RFC 3261 §7.3.1, §7.3.3).
    #[must_use]
    pub fn parse(_text: &[u8]) -> Name {
        todo!("sip helper")
    }

    /// The long form as we write it; empty for [`Name::Other`].
    #[must_use]
    pub fn as_str(self) -> &'static str {
        todo!("sip helper")
    }
}
