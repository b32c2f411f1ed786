//! Header field names that we look at, with their compact forms.

/// The longest name in the table; anything longer is [`Name::Other`].
const LONGEST: usize = 20;

macro_rules! names {
    ($($name:ident = $text:literal, $($lower:literal)|+;)*) => {
        /// A header we have a word for; all others are [`Name::Other`] and found by text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is the header field of that name")]
        pub enum Name {
            $($name,)*
            Other,
        }

        impl Name {
            /// Reads a field name in any case, long or compact (RFC 3261 §7.3.1, §7.3.3).
            #[must_use]
            pub fn parse(text: &[u8]) -> Name {
                let mut lower = [0; LONGEST];
                let Some(lower) = lower.get_mut(..text.len()) else { return Name::Other };
                lower.copy_from_slice(text);
                lower.make_ascii_lowercase();
                match &*lower {
                    $($($lower)|+ => Name::$name,)*
                    _ => Name::Other,
                }
            }

            /// The long form as we write it; empty for [`Name::Other`].
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Name::$name => $text,)*
                    Name::Other => "",
                }
            }

            #[cfg(test)]
            const ALL: &[Name] = &[$(Name::$name),*];
        }
    };
}

names! {
    Accept = "Accept", b"accept";
    AlertInfo = "Alert-Info", b"alert-info";
    Allow = "Allow", b"allow";
    Authorization = "Authorization", b"authorization";
    CallId = "Call-ID", b"call-id" | b"i";
    CallInfo = "Call-Info", b"call-info";
    Contact = "Contact", b"contact" | b"m";
    ContentDisposition = "Content-Disposition", b"content-disposition";
    ContentEncoding = "Content-Encoding", b"content-encoding" | b"e";
    ContentLength = "Content-Length", b"content-length" | b"l";
    ContentType = "Content-Type", b"content-type" | b"c";
    CSeq = "CSeq", b"cseq";
    Date = "Date", b"date";
    Diversion = "Diversion", b"diversion";
    ErrorInfo = "Error-Info", b"error-info";
    Event = "Event", b"event" | b"o";
    Expires = "Expires", b"expires";
    From = "From", b"from" | b"f";
    HistoryInfo = "History-Info", b"history-info";
    InfoPackage = "Info-Package", b"info-package";
    MaxForwards = "Max-Forwards", b"max-forwards";
    MinExpires = "Min-Expires", b"min-expires";
    MinSe = "Min-SE", b"min-se";
    PAssertedIdentity = "P-Asserted-Identity", b"p-asserted-identity";
    PCalledPartyId = "P-Called-Party-ID", b"p-called-party-id";
    PPreferredIdentity = "P-Preferred-Identity", b"p-preferred-identity";
    Path = "Path", b"path";
    Privacy = "Privacy", b"privacy";
    ProxyAuthenticate = "Proxy-Authenticate", b"proxy-authenticate";
    ProxyAuthorization = "Proxy-Authorization", b"proxy-authorization";
    ProxyRequire = "Proxy-Require", b"proxy-require";
    RAck = "RAck", b"rack";
    RSeq = "RSeq", b"rseq";
    Reason = "Reason", b"reason";
    RecordRoute = "Record-Route", b"record-route";
    RecvInfo = "Recv-Info", b"recv-info";
    ReferTo = "Refer-To", b"refer-to" | b"r";
    ReferredBy = "Referred-By", b"referred-by" | b"b";
    RemotePartyId = "Remote-Party-ID", b"remote-party-id";
    Replaces = "Replaces", b"replaces";
    Require = "Require", b"require";
    RetryAfter = "Retry-After", b"retry-after";
    Route = "Route", b"route";
    Server = "Server", b"server";
    SessionExpires = "Session-Expires", b"session-expires" | b"x";
    Subject = "Subject", b"subject" | b"s";
    Supported = "Supported", b"supported" | b"k";
    Timestamp = "Timestamp", b"timestamp";
    To = "To", b"to" | b"t";
    Unsupported = "Unsupported", b"unsupported";
    UserAgent = "User-Agent", b"user-agent";
    UserToUser = "User-to-User", b"user-to-user";
    Via = "Via", b"via" | b"v";
    Warning = "Warning", b"warning";
    WwwAuthenticate = "WWW-Authenticate", b"www-authenticate";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_in_any_case() {
        for &name in Name::ALL {
            let text = name.as_str();
            assert!(text.len() <= LONGEST, "{text}");
            for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
                assert_eq!(Name::parse(text.as_bytes()), name, "{text}");
            }
        }
    }

    /// MSG-03: RFC 3261 §7.3.3 and the registry's later compact forms.
    #[test]
    fn msg_03_compact_forms() {
        for (compact, name) in [
            ("i", Name::CallId),
            ("m", Name::Contact),
            ("e", Name::ContentEncoding),
            ("L", Name::ContentLength),
            ("c", Name::ContentType),
            ("f", Name::From),
            ("s", Name::Subject),
            ("K", Name::Supported),
            ("t", Name::To),
            ("v", Name::Via),
            ("o", Name::Event),
            ("r", Name::ReferTo),
            ("b", Name::ReferredBy),
            ("x", Name::SessionExpires),
            ("z", Name::Other),
        ] {
            assert_eq!(Name::parse(compact.as_bytes()), name, "{compact}");
        }
    }

    #[test]
    fn what_has_no_word_is_other() {
        for text in ["", "X-Centralino", "Fro", "From ", "P-Preferred-Identity-2", "\u{e9}"] {
            assert_eq!(Name::parse(text.as_bytes()), Name::Other, "{text}");
        }
        assert_eq!(Name::Other.as_str(), "");
    }
}
